import * as v from 'valibot';
import { type ProblemDetails, unprocessable } from '../errors.ts';
import type { Integration, Settings } from '../integrations/integration.ts';
import { MAX_SECRET_BYTES } from '../secrets/sealed-secrets.ts';

type Faults = NonNullable<ProblemDetails['errors']>;

/** Raises 422 that points at each fault; never with a value. */
export function refuse(faults: Faults): void {
  if (faults.length === 0) return;
  const told = faults.slice(0, 3).map(({ pointer, detail }) => `${pointer} ${detail}`);
  throw unprocessable(`The subscription is not valid: ${told.join('; ')}.`, faults);
}

/** The settings as the integration's schema gives them. Raises 422. */
export function readSettings(integration: Integration, settings: unknown): Settings {
  if (!integration.settings) {
    if (settings !== undefined && Object.keys(Object(settings)).length > 0) {
      refuse([{ pointer: '/settings', detail: `is not known to ${integration.title}` }]);
    }
    return {};
  }
  const parsed = v.safeParse(integration.settings, settings ?? {});
  if (parsed.success) return parsed.output;
  refuse(parsed.issues.map((issue) => ({ pointer: pointerTo(issue), detail: describe(issue) })));
  return {};
}

const pointerTo = (issue: v.BaseIssue<unknown>): string =>
  `/settings${(issue.path ?? []).map(({ key }) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`;

/** Valibot's own messages would quote the value. */
function describe(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'validation') return issue.message;
  if (issue.input === undefined) return 'is missing';
  return issue.expected === 'never' ? 'is not known here' : 'is not valid';
}

/** Raises 422 for secrets that the integration does not have, and for values that can be none. */
export function checkSecrets(integration: Integration, values: Readonly<Record<string, string>>): void {
  const known = integration.secrets.map(({ name }) => name);
  refuse(
    Object.entries(values).flatMap(([name, value]) => {
      const pointer = `/secrets/${name}`;
      if (!known.includes(name))
        return [{ pointer, detail: `is not known; ${integration.title} has ${known.join(', ') || 'none'}` }];
      const fault = secretFault(value);
      return fault ? [{ pointer, detail: fault }] : [];
    }),
  );
}

/** What is wrong with a secret's value, without it. */
export function secretFault(value: string): string | undefined {
  if (value === '') return 'must not be empty';
  return Buffer.byteLength(value) > MAX_SECRET_BYTES ? `must have ${MAX_SECRET_BYTES} bytes at most` : undefined;
}

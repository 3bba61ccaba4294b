import { createHash } from 'node:crypto';
import * as v from 'valibot';

/**
 * Where runs stand in line: for a place among the runs that are under way, or in a period's quota. `name` is what the table knows it by.
 */
export interface Line {
  readonly kind: 'concurrency' | 'quota';
  readonly name: string;
  readonly workspace: string;
  readonly workflowId: string;
}

/** `key`: what the runs are counted by, where they are not all counted together. It may be of any length, so its hash stands in the name. */
export function concurrencyLine(workspace: string, workflowId: string, key: string | undefined): Line {
  const suffix = key === undefined ? '' : `#${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
  return lineOf(`concurrency#${workspace}#${workflowId}${suffix}`);
}

export const quotaLine = (workspace: string, workflowId: string): Line => lineOf(`quota#${workspace}#${workflowId}`);

/** The line of that name. */
export function lineOf(name: string): Line {
  const [kind, workspace = '', workflowId = ''] = name.split('#');
  return { kind: v.parse(v.picklist(['concurrency', 'quota']), kind), name, workspace, workflowId };
}

/**
 * The text or number at a place in the workflow's input, as text; undefined where there is none, and all runs without a key are counted together.
 * `path` holds the names of a JSON Pointer.
 */
export function keyAt(input: unknown, path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? Reflect.get(at, name) : undefined),
    input,
  );
  return ['string', 'number', 'boolean'].includes(typeof found) ? String(found) : undefined;
}

import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { readValue } from './json-file.ts';
import { callApi, jsonBody } from './management-api.ts';
import { formatTable } from './table.ts';

export const testedSchema = v.looseObject({
  items: v.array(
    v.looseObject({
      triggerId: v.string(),
      workflowId: v.string(),
      enabled: v.boolean(),
      /** Is its workflow active? */
      active: v.boolean(),
      matches: v.boolean(),
      why: v.optional(v.looseObject({ path: v.string(), expected: v.unknown(), found: v.optional(v.unknown()) })),
    }),
  ),
});

/** The field that kept an event out, in a few words. */
export function whyNot({ why }: { readonly why?: { path: string; expected: unknown; found?: unknown } | undefined }): string {
  if (!why) return '';
  const found = 'found' in why ? JSON.stringify(why.found) : 'absent';
  return `${why.path} is ${found}, not ${JSON.stringify(why.expected)}`;
}

interface TestOptions {
  readonly delivery?: string;
  readonly subscription?: string;
  readonly source?: string;
  readonly type?: string;
  readonly event?: string;
}

/** Tells which triggers an event would start. */
export async function testTriggers(options: TestOptions, command: Command): Promise<void> {
  const { delivery, subscription, source, type, event } = options;
  if (delivery === undefined && type === undefined && source !== 'aws') {
    throw new CommandFailed('Name the event: --delivery, or --type with --event and --subscription or --source.', 2);
  }
  const body =
    delivery === undefined
      ? { type, subscription, source, ...(event !== undefined && { data: readValue(event) }) }
      : { deliveryId: delivery };
  const tested = await callApi(
    connectionOf(command),
    { method: 'POST', path: '/v1/triggers/test', ...jsonBody(body) },
    testedSchema,
  );
  show(command, tested, ({ items }) =>
    items.length === 0
      ? 'There are no event triggers.'
      : formatTable(
          ['TRIGGER', 'WORKFLOW', 'ACTIVE', 'MATCHES', 'WHY NOT'],
          items.map((item) => [
            item.triggerId,
            item.workflowId,
            item.enabled && item.active ? 'yes' : 'no',
            item.matches ? 'yes' : 'no',
            whyNot(item),
          ]),
        ),
  );
}

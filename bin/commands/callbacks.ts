import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, DEFAULT_LIMIT, examples, parseId, parseLimit, sayThereIsMore, show } from './arguments.ts';
import { callApi, listFromApi } from './management-api.ts';
import { formatRecord, formatTable, formatTime } from './table.ts';

const callbackSchema = v.looseObject({
  callbackId: v.string(),
  activityId: v.string(),
  workflowId: v.string(),
  topic: v.string(),
  state: v.string(),
  awaited: v.boolean(),
  approvals: v.object({ needed: v.number(), given: v.number() }),
  expiresAt: v.string(),
  decidedAt: v.optional(v.string()),
  urls: v.optional(v.array(v.looseObject({ approver: v.optional(v.string()), url: v.string() }))),
});
type ShownCallback = v.InferOutput<typeof callbackSchema>;

export function addCallbacks(program: Command): void {
  const callbacks = program.command('callbacks').description('see what runs have asked, and the URLs by which it is answered');

  callbacks
    .command('list')
    .description('list what a run has asked, newest first')
    .argument('<activityId>', "the run's id, as the sender got it", parseId)
    .option('--limit <number>', 'at most this many', parseLimit, DEFAULT_LIMIT)
    .addHelpText('after', examples('callbacks list kq3v5q2m7abcdefghijklmnop2-approve-refund'))
    .action(listCallbacks);

  callbacks
    .command('show')
    .description('show a callback with its URLs, which are keys: who has one can answer')
    .argument('<callbackId>', "the callback's id, as `callbacks list` shows it", parseId)
    .addHelpText('after', examples('callbacks show kq3v5q2m7abcdefghijklmnop2'))
    .action(showCallback);
}

async function listCallbacks(activityId: string, options: { limit: number }, command: Command): Promise<void> {
  const page = await listFromApi(connectionOf(command), '/v1/callbacks', { activityId }, options.limit, callbackSchema);
  show(command, page, ({ items }) =>
    items.length === 0
      ? 'The run has asked nothing.'
      : formatTable(['CALLBACK ID', 'TOPIC', 'STATE', 'APPROVALS', 'EXPIRES'], items.map(callbackRow)),
  );
  sayThereIsMore(command, page);
}

const callbackRow = (callback: ShownCallback): string[] => [
  callback.callbackId,
  callback.topic,
  callback.state,
  approvalsOf(callback),
  formatTime(callback.expiresAt),
];

const approvalsOf = ({ approvals: { needed, given } }: ShownCallback): string => `${given} of ${needed}`;

async function showCallback(callbackId: string, _options: object, command: Command): Promise<void> {
  const callback = await callApi(connectionOf(command), { method: 'GET', path: `/v1/callbacks/${callbackId}` }, callbackSchema);
  show(command, callback, describeCallback);
}

/** A callback for people: what is asked, how it stands, and while it is open its URLs. */
export function describeCallback(callback: ShownCallback): string {
  const header = formatRecord({
    'callback id': callback.callbackId,
    topic: callback.topic,
    'activity id': callback.activityId,
    workflow: callback.workflowId,
    state: callback.state,
    'a step waits': callback.awaited ? 'yes' : 'no',
    approvals: approvalsOf(callback),
    expires: formatTime(callback.expiresAt),
    decided: callback.decidedAt && formatTime(callback.decidedAt),
  });
  if (!callback.urls) return header;
  const rows = callback.urls.map(({ approver, url }) => [approver ?? 'anyone', url]);
  return [header, '', formatTable(['WHO', 'URL'], rows)].join('\n');
}

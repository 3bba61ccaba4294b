import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, DEFAULT_LIMIT, examples, parseId, parseLimit, sayThereIsMore, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { formatLabels } from './labels.ts';
import { callApi, jsonBody, listFromApi } from './management-api.ts';
import { formatRecord, formatTable, formatTime, printable } from './table.ts';

const workflowSchema = v.looseObject({
  id: v.string(),
  name: v.string(),
  description: v.optional(v.string()),
  labels: v.optional(v.record(v.string(), v.string())),
  limits: v.optional(v.unknown()),
  active: v.boolean(),
  revision: v.string(),
  stateMachineArn: v.optional(v.string()),
  triggerIds: v.array(v.string()),
  updatedAt: v.string(),
});
type Workflow = v.InferOutput<typeof workflowSchema>;

/** Newest first. */
const revisionsSchema = v.object({
  items: v.array(v.looseObject({ revision: v.string(), createdAt: v.string(), current: v.boolean() })),
});
type Revisions = v.InferOutput<typeof revisionsSchema>;

/** Adds what manages the workflows of a stack to the group. */
export function addManagement(workflows: Command): void {
  const id = ['<id>', "the workflow's id", parseId] as const;

  workflows
    .command('list')
    .description('list the workflows of a stack')
    .option('--limit <number>', 'at most this many', parseLimit, DEFAULT_LIMIT)
    .addHelpText('after', examples('workflows list'))
    .action(listWorkflows);

  workflows
    .command('show')
    .description('show a workflow')
    .argument(...id)
    .addHelpText('after', examples('workflows show hello'))
    .action(async (workflowId: string, _options: object, command: Command) => {
      show(
        command,
        await callApi(connectionOf(command), { method: 'GET', path: `/v1/workflows/${workflowId}` }, workflowSchema),
        describe,
      );
    });

  workflows
    .command('revisions')
    .description('list the revisions that can be gone back to')
    .argument(...id)
    .addHelpText('after', examples('workflows revisions hello'))
    .action(listRevisions);

  workflows
    .command('rollback')
    .description('let new runs start an earlier revision, with the tasks it was deployed with')
    .argument(...id)
    .argument('[revision]', 'the revision to go to, also forward (default: the one before the current)', parseId)
    .addHelpText('after', examples('workflows rollback hello', 'workflows rollback hello 12'))
    .action(rollBack);

  workflows
    .command('activate')
    .description('let a workflow take requests and events again')
    .argument(...id)
    .addHelpText('after', examples('workflows activate hello'))
    .action((workflowId: string, _options: object, command: Command) => setActive(command, workflowId, true));

  workflows
    .command('deactivate')
    .description('refuse requests for a workflow, and turn its rules and schedules off')
    .argument(...id)
    .addHelpText('after', examples('workflows deactivate hello'))
    .action((workflowId: string, _options: object, command: Command) => setActive(command, workflowId, false));
}

async function listWorkflows({ limit }: { limit: number }, command: Command): Promise<void> {
  const page = await listFromApi(connectionOf(command), '/v1/workflows', {}, limit, workflowSchema);
  show(command, page, ({ items }) =>
    items.length === 0
      ? 'No workflows.'
      : formatTable(
          ['ID', 'NAME', 'ACTIVE', 'REVISION', 'TRIGGERS', 'UPDATED'],
          items.map(({ id, name, active, revision, triggerIds, updatedAt }) => [
            id,
            name,
            active ? 'yes' : 'no',
            revision,
            triggerIds.join(', ') || '-',
            formatTime(updatedAt),
          ]),
        ),
  );
  sayThereIsMore(command, page);
}

const describe = ({
  id,
  name,
  description,
  labels,
  limits,
  active,
  revision,
  stateMachineArn,
  triggerIds,
  updatedAt,
}: Workflow): string =>
  formatRecord({
    id,
    name,
    description,
    labels: formatLabels(labels),
    limits: limits === undefined ? undefined : JSON.stringify(limits),
    active: active ? 'yes' : 'no',
    revision,
    'state machine': stateMachineArn,
    triggers: triggerIds.join(', ') || '-',
    updated: formatTime(updatedAt),
  });

const revisionsOf = (command: Command, workflowId: string) =>
  callApi(connectionOf(command), { method: 'GET', path: `/v1/workflows/${workflowId}/revisions` }, revisionsSchema);

async function listRevisions(workflowId: string, _options: object, command: Command): Promise<void> {
  show(command, await revisionsOf(command, workflowId), ({ items }) =>
    items.length === 0
      ? 'No revisions: the state machine is imported.'
      : formatTable(
          ['REVISION', 'DEPLOYED', 'CURRENT'],
          items.map(({ revision, createdAt, current }) => [revision, formatTime(createdAt), current ? 'yes' : '-']),
        ),
  );
}

async function rollBack(workflowId: string, named: string | undefined, _options: object, command: Command): Promise<void> {
  const revision = named ?? previousOf(await revisionsOf(command, workflowId), workflowId);
  const path = `/v1/workflows/${workflowId}/revision`;
  const workflow = await callApi(connectionOf(command), { method: 'PUT', path, ...jsonBody({ revision }) }, workflowSchema);
  show(command, workflow, () => printable(`New runs of ${workflowId} start revision ${workflow.revision}.`));
}

/** The one that was deployed before the current one. */
function previousOf({ items }: Revisions, workflowId: string): string {
  const previous = items[items.findIndex(({ current }) => current) + 1];
  if (previous) return previous.revision;
  throw new CommandFailed(`No earlier revision of ${workflowId} is kept; see npx millrace workflows revisions ${workflowId}.`);
}

async function setActive(command: Command, workflowId: string, active: boolean): Promise<void> {
  const path = `/v1/workflows/${workflowId}/active`;
  const workflow = await callApi(connectionOf(command), { method: 'PUT', path, ...jsonBody({ active }) }, workflowSchema);
  show(command, workflow, () => printable(`${workflowId} is ${workflow.active ? 'active' : 'inactive'}.`));
}

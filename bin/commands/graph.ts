import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Command } from 'commander';
import * as v from 'valibot';
import { findWorkflowFolder } from '../../core/workflows/find-folder.ts';
import { mermaidOf, type PathStep } from '../../core/workflows/mermaid.ts';
import { parseSourceText } from '../../core/workflows/source-text.ts';
import { statesOf } from '../../core/workflows/states-of.ts';
import { connectionOf, examples, parseId } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { callApi } from './management-api.ts';
import { formatDuration, printable } from './table.ts';

const runSchema = v.looseObject({
  workflowId: v.string(),
  revision: v.optional(v.string()),
  steps: v.array(
    v.looseObject({
      taskName: v.string(),
      startTime: v.optional(v.string()),
      duration: v.optional(v.number()),
      flowTaskStatus: v.string(),
    }),
  ),
  stepsUnavailable: v.optional(v.string()),
});

/** Adds `workflows graph` to the group. */
export function addGraph(workflows: Command): void {
  workflows
    .command('graph')
    .description("write a workflow's state machine as a Mermaid flowchart")
    .argument('<workflow>', 'its id, a folder of workflows/, or the path of its folder')
    .option('--run <activityId>', 'mark the path that this run took, with durations', parseId)
    .addHelpText(
      'after',
      `
Mermaid is drawn by GitHub and GitLab in Markdown (in a \`\`\`mermaid block), by many editors, and at https://mermaid.live.
${examples('workflows graph hello', 'workflows graph hello --run kq3v5q2m7abcdefghijklmnop2-hello > run.mmd')}`,
    )
    .action(writeGraph);
}

async function writeGraph(workflow: string, { run: activityId }: { run?: string }, command: Command): Promise<void> {
  const { folder, definition } = readDefinition(workflow);
  const steps = activityId === undefined ? undefined : await readSteps(command, activityId, basename(folder));
  const known = new Set(statesOf(definition).map(([name]) => name));
  const unknown = new Set(steps?.map(({ taskName }) => taskName).filter((name) => !known.has(name)));
  if (unknown.size > 0) {
    const names = [...unknown].join(', ');
    process.stderr.write(printable(`The run ran another revision, with states that this definition does not have: ${names}.\n`));
  }
  process.stdout.write(`${mermaidOf(definition, steps, formatDuration)}\n`);
}

/** A workflow's definition as it is written, with its expressions. Raises `CommandFailed`. */
function readDefinition(workflow: string): { readonly folder: string; readonly definition: unknown } {
  try {
    const folder = findWorkflowFolder(workflow);
    const parsed = (name: string) =>
      parseSourceText(relative(process.cwd(), join(folder, name)), readFileSync(join(folder, name), 'utf8')).value;
    const declared = v.parse(v.object({ definition: v.optional(v.string()) }), parsed('workflow.yaml') ?? {});
    const name = declared.definition ?? readdirSync(folder).find((each) => /^definition\.asl\.(yaml|json)$/.test(each));
    if (name === undefined) throw new Error(`The workflow ${workflow} has no definition of its own to draw.`);
    return { folder, definition: parsed(name) };
  } catch (error) {
    throw new CommandFailed((error as Error).message);
  }
}

async function readSteps(command: Command, activityId: string, workflowId: string): Promise<PathStep[]> {
  const run = await callApi(connectionOf(command), { method: 'GET', path: `/v1/runs/${activityId}` }, runSchema);
  if (run.workflowId !== workflowId)
    throw new CommandFailed(`The run ${activityId} is one of ${run.workflowId}, not of ${workflowId}.`);
  if (run.stepsUnavailable !== undefined) throw new CommandFailed('The steps cannot be read at the moment; ask again.');
  return run.steps;
}

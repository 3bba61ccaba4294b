import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { isDeepStrictEqual, styleText } from 'node:util';
import { type Command, InvalidArgumentError } from 'commander';
import type { WorkflowRun } from '../../testing/run-workflow.ts';
import { examples, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { printable } from './table.ts';

type Step = WorkflowRun['steps'][number];

interface TestOptions {
  readonly event?: string;
  readonly mock?: Readonly<Record<string, string>>;
}

/** JSON up to this long is shown on one line. */
const LINE = 100;

/** Adds `workflows test` to the group. */
export function addTest(workflows: Command): void {
  workflows
    .command('test')
    .description("run a workflow's definition here, with nothing started or deployed")
    .argument('<workflow>', 'its id, a folder of workflows/, or the path of its folder')
    .option('--event <file>', "what starts it, as JSON; - for stdin (default: {}, or a schedule's params)")
    .option('--mock <State=file>', "a task's result from a JSON file instead of calling it; repeat for more", addMock)
    .addHelpText(
      'after',
      `
The event's shape says what it is: an object with workflow.input is a whole run input; one of nothing but body, query,
headers, method (or eventData, or params) is what a trigger gives; anything else is the payload itself, such as a webhook's body.

A mock holds the task's result, as $states.result has it (for lambda:invoke {"Payload": ...}); or {"error": "...", "cause": "..."},
which fails it; or a list of these, one for each attempt. The workflow's own tasks are called unless they are mocked; any other
task has to be mocked. Waits and retries take no time.
${examples(
  'workflows test hello --event workflows/hello/event.json',
  'workflows test hello --event workflows/hello/event.json --mock Greet=broken.json --json',
)}`,
    )
    .action(testWorkflow);
}

async function testWorkflow(workflow: string, { event, mock = {} }: TestOptions, command: Command): Promise<void> {
  const input = event === undefined ? undefined : await readJson(event);
  const mocks: Record<string, unknown> = {};
  for (const [state, file] of Object.entries(mock)) mocks[state] = await readJson(file);
  const run = await runHere(workflow, input, mocks);
  show(command, run, describeTestRun);
  if (run.status === 'SUCCEEDED') return;
  throw new CommandFailed(`The run ended ${run.status}: ${[run.error, run.cause].filter(Boolean).join(': ')}`);
}

async function runHere(workflow: string, input: unknown, mocks: Readonly<Record<string, unknown>>): Promise<WorkflowRun> {
  // Only here: the interpreter and its libraries would slow every other command's start.
  const { runWorkflow } = await import('../../testing/run-workflow.ts');
  // What tasks print is not the result.
  const { write } = process.stdout;
  process.stdout.write = process.stderr.write.bind(process.stderr);
  try {
    return await runWorkflow(workflow, { input, mocks });
  } catch (error) {
    // The mistakes of the folder, the event or the mocks, in sentences.
    throw new CommandFailed((error as Error).message);
  } finally {
    process.stdout.write = write;
  }
}

async function readJson(file: string): Promise<unknown> {
  const content = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailed(error.code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${error.code}).`);
  });
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new CommandFailed(`${file === '-' ? 'What came on stdin' : file} is not JSON: ${(error as Error).message}.`);
  }
}

function addMock(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, state, file] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (state === undefined || file === undefined) throw new InvalidArgumentError('Write it as State=file.');
  return { ...before, [state]: file };
}

/** A run for people: each step with its input and output, iterations and branches one after the other, and how the run ended. */
export function describeTestRun({ steps, ...run }: WorkflowRun): string {
  const before: Step[] = [];
  const shown = inGroups(steps, 0).map((step) => {
    const indent = '  '.repeat(indexesOf(step).length);
    const lines = stepLines(step, before).map((line) => indent + line);
    before.push(step);
    return lines.join('\n');
  });
  const succeeded = run.status === 'SUCCEEDED';
  const end = [
    paint(succeeded ? 'green' : 'red', run.status),
    ...(succeeded ? fieldLines('output', formatJson(run.output)) : []),
    ...errorLines(run),
  ];
  return [...shown, end.join('\n')].join('\n\n');
}

/** Of `Each[1]/Both[0]/Wait`: 1 and 0. */
const indexesOf = ({ path }: Step): number[] => [...path.matchAll(/\[(\d+)\]\//g)].map(([, index]) => Number(index));

/** The steps of iterations and branches that ran side by side, ordered by their index at this depth. */
function inGroups(steps: readonly Step[], depth: number): Step[] {
  const ordered: Step[] = [];
  for (let at = 0; at < steps.length; ) {
    const inner = steps.slice(at).findIndex((step) => indexesOf(step).length === depth);
    const group = steps.slice(at, inner < 0 ? steps.length : at + inner);
    const byIndex = Map.groupBy(group, (step) => indexesOf(step)[depth] ?? 0);
    for (const [, members] of [...byIndex].sort(([a], [b]) => a - b)) ordered.push(...inGroups(members, depth + 1));
    const next = steps[at + group.length];
    if (next) ordered.push(next);
    at += group.length + 1;
  }
  return ordered;
}

function stepLines(step: Step, before: readonly Step[]): string[] {
  const { input } = step;
  const source = before.findLast(({ output }) => isLong(input) && isDeepStrictEqual(output, input));
  return [
    headingOf(step),
    ...fieldLines('input', source ? `(the output of ${source.path})` : formatJson(input)),
    ...errorLines(step),
    ...('output' in step
      ? fieldLines('output', isLong(input) && isDeepStrictEqual(input, step.output) ? '(its input)' : formatJson(step.output))
      : []),
  ];
}

/** Is it worth a reference instead of being shown again? */
const isLong = (value: unknown): boolean => JSON.stringify(value).length > LINE / 2;

function headingOf({ path, type, attempts, error }: Step): string {
  const mark = error === undefined ? paint('green', '✔') : paint('red', '✘');
  return `${mark} ${paint('bold', path)} ${paint('dim', attempts > 1 ? `${type}, ${attempts} attempts` : type)}`;
}

const errorLines = ({ error, cause }: { readonly error?: string; readonly cause?: string }): string[] =>
  error === undefined ? [] : fieldLines('error', [error, cause].filter(Boolean).join(': '));

function fieldLines(name: string, value: string): string[] {
  const [first = '', ...more] = printable(value).split('\n');
  return [`    ${paint('dim', name.padEnd(6))}  ${first}`, ...more.map((line) => `            ${line}`)];
}

/** JSON on one line where it fits, else with its members below each other. */
function formatJson(value: unknown, indent = ''): string {
  const line = JSON.stringify(value) ?? 'null';
  if (line.length + indent.length <= LINE || typeof value !== 'object' || value === null) return line;
  const more = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((item) => more + formatJson(item, more)).join(',\n')}\n${indent}]`;
  const members = Object.entries(value).map(([key, member]) => `${more}${JSON.stringify(key)}: ${formatJson(member, more)}`);
  return `{\n${members.join(',\n')}\n${indent}}`;
}

/** Colours only where stdout shows them; see `NO_COLOR` too (https://nodejs.org/api/util.html#utilstyletextformat-text-options). */
const paint = (style: 'green' | 'red' | 'bold' | 'dim', text: string): string =>
  styleText(style, printable(text), { stream: process.stdout });

import * as v from 'valibot';
import { deliverySchema, type ListedDelivery } from './delivery-feed.ts';
import { formatLabels } from './labels.ts';
import { formatDuration, formatRecord, formatTable, formatTime, printable } from './table.ts';

export const runSchema = v.looseObject({
  activityId: v.string(),
  workflowId: v.string(),
  triggerId: v.string(),
  status: v.string(),
  revision: v.optional(v.string()),
  replay: v.optional(v.string()),
  rerunOf: v.optional(v.string()),
  labels: v.optional(v.record(v.string(), v.string())),
  /** Milliseconds. */
  lag: v.optional(v.number()),
  waitingFor: v.optional(v.string()),
  waitsUntil: v.optional(v.string()),
  createdAt: v.optional(v.string()),
  startedAt: v.optional(v.string()),
  endedAt: v.optional(v.string()),
  error: v.optional(v.string()),
  cause: v.optional(v.string()),
});
export type ListedRun = v.InferOutput<typeof runSchema>;

const stepSchema = v.looseObject({
  order: v.number(),
  taskName: v.string(),
  startTime: v.optional(v.string()),
  /** Milliseconds. */
  duration: v.optional(v.number()),
  flowTaskStatus: v.string(),
  /** Any JSON, like the outputs. */
  input: v.optional(v.unknown()),
  outputs: v.optional(v.unknown()),
  /** Which of both are too large to be told. */
  omitted: v.optional(v.array(v.string())),
});
type ShownStep = v.InferOutput<typeof stepSchema>;

export const runWithStepsSchema = v.looseObject({
  ...runSchema.entries,
  event: v.optional(
    v.looseObject({
      id: v.string(),
      source: v.optional(v.string()),
      type: v.optional(v.string()),
      subject: v.optional(v.string()),
      time: v.optional(v.string()),
      depth: v.optional(v.number()),
    }),
  ),
  delivery: v.optional(deliverySchema),
  steps: v.array(stepSchema),
  /** Why there are none although there may be some. */
  stepsUnavailable: v.optional(v.string()),
  /** Any JSON, like the output. */
  input: v.optional(v.unknown()),
  output: v.optional(v.unknown()),
});
export type RunWithSteps = v.InferOutput<typeof runWithStepsSchema>;

/** How long a run took, or has taken until `now`. */
export function durationOf({ startedAt, endedAt }: ListedRun, now: Date): string | undefined {
  if (startedAt === undefined) return undefined;
  return formatDuration((endedAt === undefined ? now.getTime() : Date.parse(endedAt)) - Date.parse(startedAt));
}

/** A run for people: its fields, what caused it, its steps with their durations, what each was given and gave, and its own input and output. */
export function describeRun(run: RunWithSteps, now: Date): string {
  const { event, delivery, steps, input, output } = run;
  const header = formatRecord({
    'activity id': run.activityId,
    workflow: run.revision === undefined ? run.workflowId : `${run.workflowId} (revision ${run.revision})`,
    trigger: run.triggerId,
    'rerun of': run.rerunOf,
    replay: run.rerunOf === undefined ? run.replay : undefined,
    event: event && [event.type, event.id].filter(Boolean).join(' '),
    'event source': event?.source,
    'event subject': event?.subject,
    'event time': event?.time && formatTime(event.time, now),
    'event depth': event?.depth ? String(event.depth) : undefined,
    delivery: delivery && describeDelivery(delivery, now),
    labels: formatLabels(run.labels),
    status: run.status,
    'waits for': run.waitingFor,
    until: run.waitsUntil && formatTime(run.waitsUntil, now),
    created: run.createdAt && formatTime(run.createdAt, now),
    started: run.startedAt && formatTime(run.startedAt, now),
    late: run.lag === undefined ? undefined : formatDuration(run.lag),
    ended: run.endedAt && formatTime(run.endedAt, now),
    duration: durationOf(run, now),
    error: run.error,
    cause: run.cause,
  });
  const ordered = steps.toSorted((one, other) => one.order - other.order);
  return [
    header,
    ...(input === undefined ? [] : ['', 'Input', ...describeInput(input)]),
    '',
    stepTable(run, ordered, now),
    ...ordered.flatMap(describeData),
    ...(output === undefined ? [] : ['', 'Output', indented(output)]),
  ].join('\n');
}

function describeDelivery({ id, outcome, method, receivedAt, subscription, triggerId }: ListedDelivery, now: Date): string {
  const to = subscription ? `the subscription ${subscription.name ?? subscription.id}` : `the trigger ${triggerId}`;
  return `${id}, ${outcome}: ${method} to ${to} at ${formatTime(receivedAt, now)}`;
}

function stepTable({ stepsUnavailable }: RunWithSteps, steps: readonly ShownStep[], now: Date): string {
  if (stepsUnavailable !== undefined) return 'The steps cannot be read at the moment; ask again.';
  if (steps.length === 0) return 'No steps yet.';
  const rows = steps.map(({ order, taskName, flowTaskStatus, startTime, duration }) => [
    String(order),
    taskName,
    flowTaskStatus,
    startTime === undefined ? '-' : formatTime(startTime, now),
    duration === undefined ? '-' : formatDuration(duration),
  ]);
  return formatTable(['STEP', 'TASK', 'STATUS', 'STARTED', 'DURATION'], rows);
}

/** What the workflow was given, a line for each part; what else its input tells stands above. */
function describeInput(input: unknown): string[] {
  const given: unknown = Object(Object(input).workflow).input;
  if (typeof given !== 'object' || given === null) return [dataLine('input', input)];
  return Object.entries(given).map(([name, value]) => dataLine(name, value));
}

const dataLine = (name: string, value: unknown): string =>
  printable(`  ${name}: ${shortened(JSON.stringify(value), LONGEST_LINE)}`);

/** A step's data, a line each. */
function describeData({ order, taskName, flowTaskStatus, input, outputs, omitted = [] }: ShownStep): string[] {
  const line = (name: string, value: unknown, isOmitted: boolean) => {
    if (isOmitted) return [`  ${name} is too large to be told`];
    return value === undefined ? [] : [dataLine(name, value)];
  };
  const goesOn = flowTaskStatus === 'inProgress' || flowTaskStatus === 'waiting';
  return [
    '',
    printable(`${order} ${taskName}`),
    ...line('input', input, omitted.includes('input')),
    ...line('output', goesOn ? undefined : outputs, omitted.includes('outputs')),
  ];
}

/** Characters of a step's input or output, of a part of the run's input, and of the run's output. */
const LONGEST_LINE = 160;
const LONGEST_TEXT = 4_000;

const indented = (value: unknown): string => printable(shortened(JSON.stringify(value, undefined, 2), LONGEST_TEXT));

const shortened = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()} ... of ${text.length} characters; --json shows all`;

import { parseData } from './data.ts';
import type { HistoryEvent } from './history-event.ts';
import type { Step } from './step.ts';

type StepStatus = Step['flowTaskStatus'];

/** A state that was entered, and what is known of it after the events read so far. */
interface Entry {
  readonly id: number;
  readonly name: string;
  readonly stateType: string;
  /** The Parallel or Map around it. */
  readonly parent: Entry | undefined;
  readonly enteredAt: number;
  /** JSON text; absent of an event that was read without its data. */
  readonly input: string | undefined;
  /** Its last own event: not one of a state inside it. */
  last: { readonly type: string; readonly at: number };
  awaitsToken: boolean;
  exit: { readonly at: number; readonly status: StepStatus; readonly left?: Left | undefined } | undefined;
}

/** A state's own exit; its output, as JSON text, is absent where it was read without its data. */
interface Left {
  readonly output: string | undefined;
}

const EXECUTION_END = /^Execution(Succeeded|Failed|Aborted|TimedOut)$/;

/** Does the history tell the execution's end? Only then are its steps worth keeping. */
export const tellsTheEnd = (events: readonly HistoryEvent[]): boolean => EXECUTION_END.test(events.at(-1)?.type ?? '');

/** JSON text of what the execution was given. */
export const inputIn = (events: readonly HistoryEvent[]): string | undefined => events[0]?.executionStartedEventDetails?.input;

/** Is the run waiting? It is when each state that it is in only waits. */
export function isWaiting(steps: readonly Step[]): boolean {
  const current = steps.filter(({ flowTaskStatus }) => flowTaskStatus === 'inProgress' || flowTaskStatus === 'waiting');
  return current.length > 0 && current.every(({ flowTaskStatus }) => flowTaskStatus === 'waiting');
}

/**
 * The steps of an execution, from its history in order of ids: each state that was entered, those inside Parallel and Map too. An event
 * belongs to the state of the event it names as its previous one
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html), so branches and iterations that run side by
 * side are told apart. `now` is in milliseconds since the epoch. Takes any events; raises nothing.
 */
export function stepsOf(activityId: string, events: readonly HistoryEvent[], now: number): Step[] {
  const entries = readHistory(events);
  const statuses = statusesOf(entries);
  return entries.map((entry, index) => ({
    id: String(entry.id),
    activityId,
    order: index + 1,
    taskId: entry.name,
    taskName: entry.name,
    startTime: new Date(entry.enteredAt).toISOString(),
    duration: Math.max(0, (entry.exit?.at ?? now) - entry.enteredAt),
    flowTaskStatus: statuses.get(entry) ?? 'inProgress',
    input: parseData(entry.input),
    outputs: parseData(entry.exit?.left?.output) ?? {},
    ...omissionOf(entry),
  }));
}

function omissionOf({ input, exit }: Entry): Pick<Step, 'omitted'> {
  const omitted = [
    ...(input === undefined ? (['input'] as const) : []),
    ...(exit?.left && exit.left.output === undefined ? (['outputs'] as const) : []),
  ];
  return omitted.length > 0 ? { omitted } : {};
}

function readHistory(events: readonly HistoryEvent[]): Entry[] {
  const entries: Entry[] = [];
  /** The state that each event belongs to, and whether the event left it. */
  const places = new Map<number, { entry: Entry; left: boolean }>();
  for (const event of events) {
    const { id, type = '', previousEventId = 0 } = event;
    if (id === undefined) continue;
    const at = event.timestamp?.getTime() || 0;
    const before = places.get(previousEventId);
    const entered = /^(\w+)StateEntered$/.exec(type)?.[1];
    if (entered !== undefined) {
      const around = before && (before.left || !isContainer(before.entry) ? before.entry.parent : before.entry);
      // A state that the run went on from without an exit, as a redrive does with one that failed.
      if (before && !before.left && before.entry !== around) close(before.entry, entries, before.entry.last.at, 'cancelled');
      const entry: Entry = {
        id,
        name: event.stateEnteredEventDetails?.name ?? '',
        stateType: entered,
        parent: around,
        enteredAt: at,
        input: event.stateEnteredEventDetails?.input,
        last: { type, at },
        awaitsToken: false,
        exit: undefined,
      };
      entries.push(entry);
      places.set(id, { entry, left: false });
    } else if (EXECUTION_END.test(type)) {
      if (before) places.set(id, before);
      endExecution(entries, type, at, before && !before.left ? before.entry : undefined);
    } else if (type === 'ExecutionRedriven') {
      if (before) places.set(id, before);
      reopen(entries, before?.entry);
    } else if (before) {
      places.set(id, readInside(event, type, at, before, entries));
    }
  }
  return entries;
}

/** An event in a state or of its exit. */
function readInside(
  event: HistoryEvent,
  type: string,
  at: number,
  before: { entry: Entry; left: boolean },
  entries: readonly Entry[],
): { entry: Entry; left: boolean } {
  const exited = /^(\w+)StateExited$/.exec(type)?.[1];
  const container = /^(Map|Parallel)/.exec(type)?.[1];
  if (exited !== undefined) {
    const name = event.stateExitedEventDetails?.name;
    const entry = outward(before.entry, (one) => one.name === name && one.stateType === exited && !one.exit) ?? before.entry;
    close(entry, entries, at, outcomeOf(entry.last.type), { output: event.stateExitedEventDetails?.output });
    return { entry, left: true };
  }
  const entry =
    (container !== undefined && outward(before.entry, (one) => one.stateType === container && !one.exit)) || before.entry;
  entry.last = { type, at };
  // A Parallel or Map that failed may be tried again: what was inside it does not go on.
  if (/^(Map|Parallel)State(Failed|Aborted|TimedOut)$/.test(type)) closeInside(entry, entries, at);
  entry.awaitsToken = event.taskScheduledEventDetails?.resource?.endsWith('.waitForTaskToken') ?? entry.awaitsToken;
  return { entry, left: before.left && entry === before.entry };
}

/** Ends a state, and with it what goes on inside it. */
function close(entry: Entry, entries: readonly Entry[], at: number, status: StepStatus, left?: Left): void {
  if (entry.exit) return;
  entry.exit = { at, status: failureOf(entry) ?? status, left };
  if (isContainer(entry)) closeInside(entry, entries, at);
}

function closeInside(around: Entry, entries: readonly Entry[], at: number): void {
  for (const inner of entries) if (inner.parent === around) close(inner, entries, at, 'cancelled');
}

/** Ends what still goes on. When the execution failed it did so by one state and those around it; what ran beside them was cut off. */
function endExecution(entries: readonly Entry[], type: string, at: number, by: Entry | undefined): void {
  const status = type === 'ExecutionAborted' ? 'cancelled' : outcomeOf(type);
  for (let one = by; one; one = one.parent) {
    if (!one.exit) one.exit = { at, status: failureOf(one) ?? status };
  }
  const rest = status === 'failure' && by ? 'cancelled' : status;
  for (const entry of entries) if (!entry.exit) entry.exit = { at, status: failureOf(entry) ?? rest };
}

/** A redrive goes on in the state that failed and in those around it. */
function reopen(entries: readonly Entry[], from: Entry | undefined): void {
  for (let one = from; one; one = one.parent) {
    if (one.exit && one.exit.status !== 'completed') one.exit = undefined;
  }
  for (const entry of entries) if (entry.exit?.status === 'cancelled' && entry.parent && !entry.parent.exit) entry.exit = undefined;
}

const isContainer = ({ stateType }: Entry) => stateType === 'Parallel' || stateType === 'Map';

function outward(from: Entry, matches: (entry: Entry) => boolean): Entry | undefined {
  for (let one: Entry | undefined = from; one; one = one.parent) if (matches(one)) return one;
  return undefined;
}

/** What an event's type says of the state it ends: `TaskFailed`, `LambdaFunctionTimedOut`, `MapStateAborted`, `TaskSucceeded`. */
function outcomeOf(type: string): StepStatus {
  if (type.endsWith('TimedOut')) return 'timedout';
  if (type.endsWith('Aborted')) return 'cancelled';
  return type.endsWith('Failed') ? 'failure' : 'completed';
}

/** A state whose last own event is a failure has failed, however it was left; a Fail state always has. */
function failureOf(entry: Entry): StepStatus | undefined {
  if (entry.stateType === 'Fail') return 'failure';
  const outcome = outcomeOf(entry.last.type);
  return outcome === 'completed' ? undefined : outcome;
}

/** A state that goes on waits when it is a Wait, a task that waits for its token to come back, or holds only such. */
function statusesOf(entries: readonly Entry[]): Map<Entry, StepStatus> {
  const statuses = new Map<Entry, StepStatus>();
  const inside = new Map<Entry, boolean>();
  for (const entry of entries.toReversed()) {
    const waits = entry.stateType === 'Wait' || entry.awaitsToken || inside.get(entry) === true;
    const status = entry.exit?.status ?? (waits ? 'waiting' : 'inProgress');
    statuses.set(entry, status);
    if (!entry.exit && entry.parent) inside.set(entry.parent, status === 'waiting' && (inside.get(entry.parent) ?? true));
  }
  return statuses;
}

import type { Json } from '../../../../local/aws/service.ts';
import { StatesError } from '../../../../local/states/asl/errors.ts';
import { runGraph } from '../../../../local/states/asl/interpreter.ts';
import type { Frame, HistoryEntry, Journal } from '../../../../local/states/asl/journal.ts';
import type { TaskRequest } from '../../../../local/states/asl/scope.ts';
import { parseDefinition } from '../../../../local/states/asl/validate.ts';
import { ManualClock } from '../manual-clock.ts';

interface Ran {
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  readonly events: readonly HistoryEntry[];
  readonly clock: ManualClock;
  /** How long it took on the manual clock. */
  readonly milliseconds: number;
  readonly transitions: number;
}

type Task = (request: TaskRequest) => unknown;

interface Options {
  readonly input?: unknown;
  readonly task?: Task;
  readonly random?: () => number;
  readonly clock?: ManualClock;
  readonly language?: 'JSONata' | 'JSONPath';
}

/** A task of the tests: what it does is the test's `task`. */
export const TASK = { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:work' } as const;

/** Runs `states` (JSONata unless told otherwise, beginning with the first) with nothing but the interpreter, on a clock that jumps ahead. */
export async function runStates(states: Readonly<Record<string, Json>>, options: Options = {}): Promise<Ran> {
  const { input = {}, task = () => ({}), random = () => 1, clock = new ManualClock(), language = 'JSONata' } = options;
  const definition = parseDefinition(JSON.stringify({ QueryLanguage: language, StartAt: Object.keys(states)[0], States: states }));
  const events: HistoryEntry[] = [];
  const begun = clock.now();
  let transitions = 0;
  const host = {
    clock,
    random,
    journal: memoryJournal(events),
    invoke: async (request: TaskRequest) => task(request),
    context: {
      Execution: { Id: 'arn:execution', Name: 'one', Input: input },
      StateMachine: { Id: 'arn:machine', Name: 'machine' },
    },
    transition: () => {
      transitions += 1;
    },
  };
  const scope = { host, path: '0', signal: new AbortController().signal, outerVariables: {} };
  const outcome = await clock.settle(
    runGraph(definition, input, scope, { previous: 0 }).then(
      ({ output }) => ({ output }),
      (error: unknown) => {
        if (error instanceof StatesError) return { error: error.error, cause: error.cause };
        throw error;
      },
    ),
  );
  return { ...outcome, events, clock, milliseconds: clock.now() - begun, transitions };
}

function memoryJournal(events: HistoryEntry[]): Journal {
  const frames = new Map<string, Frame>();
  const append = (added: readonly HistoryEntry[]) => events.push(...added);
  return {
    load: (path) => frames.get(path),
    append,
    save(path, frame, added, _previous, entering) {
      const eventId = append(added);
      const saved = entering ? { ...frame, enteredEventId: eventId } : frame;
      frames.set(path, saved);
      return { frame: saved, eventId };
    },
    clearWithin(path) {
      for (const key of frames.keys()) if (key.startsWith(`${path}/`)) frames.delete(key);
    },
  };
}

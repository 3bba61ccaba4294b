import type { StatesError } from './asl/errors.ts';
import type { Frame, HistoryEntry, Journal } from './asl/journal.ts';

/** One state that a run entered. */
export interface RunStep {
  readonly name: string;
  readonly type: string;
  /** Where it stands: its name, within a branch or iteration after `<Parallel or Map>[<index>]/`. */
  readonly path: string;
  readonly input: unknown;
  /** How often the state was attempted. */
  attempts: number;
  /** Absent while the state was not left. */
  output?: unknown;
  /** What it failed with, whether or not it was caught. */
  error?: string;
  cause?: string;
}

interface Details {
  readonly name?: string;
  readonly input?: string;
  readonly output?: string;
}

/** A journal in memory that writes down the steps. */
export class StepRecorder {
  readonly steps: RunStep[] = [];
  /** The step that each scope stands at. */
  readonly #current = new Map<string, RunStep>();
  readonly #frames = new Map<string, Frame>();
  #lastId = 0;

  readonly journal: Journal = {
    load: (path) => this.#frames.get(path),
    append: (events, previous) => this.#number(events, previous),
    save: (path, frame, events, previous, entering) => {
      for (const event of events) this.#read(path, event);
      const eventId = this.#number(events, previous);
      const saved = entering ? { ...frame, enteredEventId: eventId } : frame;
      this.#frames.set(path, saved);
      const step = this.#current.get(path);
      if (step && !saved.done) step.attempts = 1 + saved.progress.retried.reduce((sum, count) => sum + count, 0);
      return { frame: saved, eventId };
    },
    clearWithin: (path) => {
      for (const key of this.#frames.keys()) if (key.startsWith(`${path}/`)) this.#frames.delete(key);
    },
  };

  fail(path: string, { error, cause }: StatesError): void {
    const step = this.#current.get(path);
    if (step) Object.assign(step, { error, cause });
  }

  #number(events: readonly HistoryEntry[], previous: number): number {
    this.#lastId += events.length;
    return events.length > 0 ? this.#lastId : previous;
  }

  #read(path: string, event: HistoryEntry): void {
    const [, type = '', change] = /^(\w+)State(Entered|Exited)$/.exec(event.type) ?? [];
    const { name = '', input = 'null', output = 'null' } = (event[`state${change}EventDetails`] ?? {}) as Details;
    if (change === 'Exited') {
      const step = this.#current.get(path);
      if (step) step.output = JSON.parse(output);
    } else if (change === 'Entered') {
      const step = { name, type, path: `${this.#place(path)}${name}`, input: JSON.parse(input), attempts: 1 };
      this.#current.set(path, step);
      this.steps.push(step);
    }
  }

  /** `Both[1]/` for the scope of a Parallel's second branch, `0/0.1`; nothing for the whole definition. */
  #place(path: string): string {
    const [, around = '', index] = /^(.*)\/\d+\.(\d+)$/.exec(path) ?? [];
    return index === undefined ? '' : `${this.#current.get(around)?.path}[${index}]/`;
  }
}

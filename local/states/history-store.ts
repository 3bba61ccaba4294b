import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Json } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import { inTransaction } from '../transaction.ts';
import { StatesError } from './asl/errors.ts';
import type { Frame, HistoryEntry, Journal } from './asl/journal.ts';

/** Events in an execution's history; an execution that would need more fails (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). */
const MOST_EVENTS = 25_000;

const TABLES = `
  CREATE TABLE IF NOT EXISTS states_events (
    execution TEXT NOT NULL, id INTEGER NOT NULL, previous INTEGER NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (execution, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS states_frames (
    execution TEXT NOT NULL, path TEXT NOT NULL, frame TEXT NOT NULL, PRIMARY KEY (execution, path)
  ) STRICT, WITHOUT ROWID;`;

/** The histories of Standard executions, and where the running ones stand. */
export class HistoryStore {
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #insertEvent: StatementSync;

  constructor(db: DatabaseSync, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    db.exec(TABLES);
    this.#insertEvent = db.prepare('INSERT INTO states_events VALUES (?, ?, ?, ?, ?)');
  }

  /** Adds one event whatever the history's length: an execution's start or end. */
  add(execution: string, event: HistoryEntry, previous = this.lastId(execution)): void {
    this.#insert(execution, this.lastId(execution) + 1, previous, event);
  }

  lastId(execution: string): number {
    return Number(this.#db.prepare('SELECT MAX(id) AS id FROM states_events WHERE execution = ?').get(execution)?.id ?? 0);
  }

  /** Events in order as the API gives them, times in seconds, from beyond an id (0: from the beginning, or from the end when reversed). */
  page(execution: string, options: { beyond: number; limit: number; reverse: boolean }): Json[] {
    const [sign, order] = options.reverse ? ['<', 'DESC'] : ['>', 'ASC'];
    const beyond = options.reverse && options.beyond === 0 ? Number.MAX_SAFE_INTEGER : options.beyond;
    const rows = this.#db
      .prepare(`SELECT * FROM states_events WHERE execution = ? AND id ${sign} ? ORDER BY id ${order} LIMIT ?`)
      .all(execution, beyond, options.limit);
    return rows.map((row) => ({
      timestamp: Number(row.at) / 1000,
      id: Number(row.id),
      previousEventId: Number(row.previous),
      ...(JSON.parse(String(row.event)) as HistoryEntry),
    }));
  }

  journal(execution: string): Journal {
    const db = this.#db;
    const load = db.prepare('SELECT frame FROM states_frames WHERE execution = ? AND path = ?');
    const save = db.prepare('INSERT OR REPLACE INTO states_frames VALUES (?, ?, ?)');
    const clear = db.prepare('DELETE FROM states_frames WHERE execution = ? AND path > ? AND path < ?');
    let lastId = this.lastId(execution);

    const append = (events: readonly HistoryEntry[], previous: number): number => {
      if (lastId + events.length >= MOST_EVENTS) {
        throw new StatesError('States.Runtime', `The execution reached the maximum number of history events (${MOST_EVENTS}).`);
      }
      return events.reduce((before, event) => {
        lastId += 1;
        this.#insert(execution, lastId, before, event);
        return lastId;
      }, previous);
    };
    return {
      load(path) {
        const row = load.get(execution, path);
        return row && (JSON.parse(String(row.frame)) as Frame);
      },
      append: (events, previous) => inTransaction(db, () => append(events, previous)),
      save: (path, frame, events, previous, entering) =>
        inTransaction(db, () => {
          const eventId = append(events, previous);
          const saved = entering ? { ...frame, enteredEventId: eventId } : frame;
          save.run(execution, path, JSON.stringify(saved));
          return { frame: saved, eventId };
        }),
      // '0' is the character after '/'.
      clearWithin: (path) => void clear.run(execution, `${path}/`, `${path}0`),
    };
  }

  /**
   * Lets every scope that has not ended begin its state anew, and iterations whose failure was tolerated altogether, for a redrive; false
   * when it is not known where the execution stood.
   */
  reopen(execution: string): boolean {
    const frames = this.#db.prepare('SELECT path, frame FROM states_frames WHERE execution = ?').all(execution);
    const save = this.#db.prepare('UPDATE states_frames SET frame = ? WHERE execution = ? AND path = ?');
    const remove = this.#db.prepare('DELETE FROM states_frames WHERE execution = ? AND path = ?');
    for (const { path, frame: text } of frames) {
      const frame = JSON.parse(String(text)) as Frame;
      const { round, prepared } = frame.progress;
      const progress = { retried: [], ...(round !== undefined && { round }), ...(prepared && { prepared }) };
      if (frame.done?.failed) remove.run(execution, path ?? '');
      else if (!frame.done) save.run(JSON.stringify({ ...frame, progress }), execution, path ?? '');
    }
    return frames.length > 0;
  }

  clearFrames(execution: string): void {
    this.#db.prepare('DELETE FROM states_frames WHERE execution = ?').run(execution);
  }

  remove(execution: string): void {
    this.clearFrames(execution);
    this.#db.prepare('DELETE FROM states_events WHERE execution = ?').run(execution);
  }

  #insert(execution: string, id: number, previous: number, event: HistoryEntry): void {
    this.#insertEvent.run(execution, id, previous, this.#clock.now(), JSON.stringify(event));
  }
}

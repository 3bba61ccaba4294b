import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { inTransaction } from '../transaction.ts';
import { checkStart, type Definition, definitionSchema, nextFireOf, type Target } from './definition.ts';

/** A schedule as it is now. Times are milliseconds since the epoch. */
export interface StoredSchedule {
  readonly arn: string;
  readonly definition: Definition;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** One invocation of a target that is still to be made. */
export interface Invocation {
  readonly id: number;
  readonly arn: string;
  readonly target: Target;
  /** What the schedule says; the invocation may be later. */
  readonly scheduledAt: number;
  readonly attempts: number;
  /** When the schedule fired. */
  readonly ingestedAt: number;
}

const scheduleRow = v.object({
  arn: v.string(),
  definition: v.pipe(v.string(), v.parseJson(), definitionSchema),
  createdAt: v.number(),
  changedAt: v.number(),
});

const invocationRow = v.object({
  id: v.number(),
  arn: v.string(),
  target: v.pipe(v.string(), v.parseJson(), definitionSchema.entries.Target),
  scheduledAt: v.number(),
  attempts: v.number(),
  ingestedAt: v.number(),
});

const NO_TEMPLATE = '';

/** Schedules with their next fire, and invocations that are still to be made, in SQLite: a fire that is due is not lost with the process. */
export type ScheduleStore = ReturnType<typeof createScheduleStore>;

export function createScheduleStore(db: DatabaseSync, random: () => number) {
  // fire_at is the scheduled time, due_at the time in the flexible window at which it is made.
  db.exec(`
    CREATE TABLE IF NOT EXISTS scheduler_schedule (
      arn TEXT PRIMARY KEY, template TEXT NOT NULL, definition TEXT NOT NULL, created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
      fire_at INTEGER, due_at INTEGER);
    CREATE INDEX IF NOT EXISTS scheduler_schedule_due ON scheduler_schedule (due_at);
    CREATE TABLE IF NOT EXISTS scheduler_invocation (
      id INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL, target TEXT NOT NULL, scheduled_at INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0, ingested_at INTEGER NOT NULL, due_at INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS scheduler_invocation_due ON scheduler_invocation (due_at);
  `);
  const columns = 'arn, definition, created_at AS createdAt, changed_at AS changedAt';
  const select = db.prepare(`SELECT ${columns} FROM scheduler_schedule WHERE arn = ?`);
  const selectTemplate = db.prepare('SELECT template FROM scheduler_schedule WHERE arn = ?');
  const upsert = db.prepare(
    'INSERT OR REPLACE INTO scheduler_schedule (arn, template, definition, created_at, changed_at, fire_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const remove = db.prepare('DELETE FROM scheduler_schedule WHERE arn = ?');
  const selectDeclared = db.prepare('SELECT arn FROM scheduler_schedule WHERE template <> ?');
  const selectDue = db.prepare(
    `SELECT ${columns}, fire_at AS fireAt, due_at AS dueAt FROM scheduler_schedule WHERE due_at <= ? ORDER BY due_at`,
  );
  const setNext = db.prepare('UPDATE scheduler_schedule SET fire_at = ?, due_at = ? WHERE arn = ?');
  const insertInvocation = db.prepare(
    'INSERT INTO scheduler_invocation (arn, target, scheduled_at, ingested_at, due_at) VALUES (?, ?, ?, ?, ?)',
  );
  const selectInvocations = db.prepare(`
    SELECT id, arn, target, scheduled_at AS scheduledAt, attempts, ingested_at AS ingestedAt FROM scheduler_invocation
    WHERE due_at <= ? AND id NOT IN (SELECT value FROM json_each(?)) ORDER BY due_at, id`);
  const postpone = db.prepare('UPDATE scheduler_invocation SET attempts = attempts + 1, due_at = ? WHERE id = ?');
  const finish = db.prepare('DELETE FROM scheduler_invocation WHERE id = ?');
  const selectNext = db.prepare(`
    SELECT min(due_at) AS due FROM (
      SELECT due_at FROM scheduler_schedule WHERE due_at IS NOT NULL
      UNION ALL SELECT due_at FROM scheduler_invocation WHERE id NOT IN (SELECT value FROM json_each(?)))`);

  /** The time in the flexible window, counted in whole seconds. */
  const dueAt = ({ FlexibleTimeWindow }: Definition, fireAt: number | undefined): number | null => {
    if (fireAt === undefined) return null;
    const minutes = FlexibleTimeWindow.Mode === 'FLEXIBLE' ? FlexibleTimeWindow.MaximumWindowInMinutes : 0;
    return fireAt + Math.floor(random() * minutes * 60) * 1000;
  };

  function find(arn: string): StoredSchedule | undefined {
    const row = select.get(arn);
    return row && v.parse(scheduleRow, row);
  }

  function put(arn: string, template: string, definition: Definition, now: number): void {
    checkStart(definition, now);
    const createdAt = find(arn)?.createdAt ?? now;
    // A rate without a start fires when it is made.
    const fireAt = nextFireOf(definition, createdAt === now ? now - 1 : now, createdAt);
    upsert.run(arn, template, JSON.stringify(definition), createdAt, now, fireAt ?? null, dueAt(definition, fireAt));
  }

  return {
    find,
    /** Takes a schedule from its template. One that the template leaves as it was stays as it is, with what was changed since and its next fire. Throws a `ScheduleError`. */
    declare(arn: string, definition: Definition, now: number): void {
      const template = JSON.stringify(definition);
      if (selectTemplate.get(arn)?.template !== template) put(arn, template, definition, now);
    },
    /** Replaces the definition of a schedule that there is. Throws a `ScheduleError`. */
    update(arn: string, definition: Definition, now: number): void {
      put(arn, String(selectTemplate.get(arn)?.template), definition, now);
    },
    /** Takes a schedule that a call makes: no template knows of it. Throws a `ScheduleError`. */
    create: (arn: string, definition: Definition, now: number): void => put(arn, NO_TEMPLATE, definition, now),
    remove: (arn: string) => void remove.run(arn),
    /** Of those that a template has made. */
    declaredArns: (): string[] => selectDeclared.all(NO_TEMPLATE).map(({ arn }) => String(arn)),
    /** Turns what is due into invocations; each schedule that missed several fires makes one. Gives their ARNs and how late each is. */
    fireDue(now: number): { arn: string; lateMs: number }[] {
      return inTransaction(db, () =>
        selectDue.all(now).map((row) => {
          const { arn, definition, createdAt } = v.parse(scheduleRow, row);
          const fireAt = Number(row.fireAt);
          insertInvocation.run(arn, JSON.stringify(definition.Target), fireAt, now, now);
          const next = nextFireOf(definition, Math.max(now, fireAt), createdAt);
          if (next === undefined && definition.ActionAfterCompletion === 'DELETE') remove.run(arn);
          else setNext.run(next ?? null, dueAt(definition, next), arn);
          return { arn, lateMs: now - Number(row.dueAt) };
        }),
      );
    },
    /** Invocations whose time has come, but for those under way. */
    dueInvocations(now: number, underWay: Iterable<number>): Invocation[] {
      return selectInvocations.all(now, JSON.stringify([...underWay])).map((row) => v.parse(invocationRow, row));
    },
    /** When something is due next, but for what is under way; undefined for nothing. */
    nextDue(underWay: Iterable<number>): number | undefined {
      const due = selectNext.get(JSON.stringify([...underWay]))?.due;
      return typeof due === 'number' ? due : undefined;
    },
    postpone: (id: number, until: number) => void postpone.run(until, id),
    finish: (id: number) => void finish.run(id),
  };
}

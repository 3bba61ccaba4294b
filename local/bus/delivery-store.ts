import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { inTransaction } from '../transaction.ts';
import type { Rule } from './rule.ts';
import { type Target, TargetSchema } from './target.ts';

/** One event on its way to one target of one rule, as it was decided when the event was accepted. */
export interface PendingDelivery {
  readonly id: number;
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly target: Target;
  /** Failed attempts so far. */
  readonly attempts: number;
  readonly eventJson: string;
  /** Milliseconds since the epoch. */
  readonly ingestedAt: number;
}

const Row = v.object({
  id: v.number(),
  ruleArn: v.string(),
  ruleName: v.string(),
  target: v.pipe(v.string(), v.parseJson(), TargetSchema),
  attempts: v.number(),
  eventJson: v.string(),
  ingestedAt: v.number(),
});

/** Deliveries that are still to be made, in SQLite: what has been accepted survives `kill -9`. */
export type DeliveryStore = ReturnType<typeof createDeliveryStore>;

export function createDeliveryStore(db: DatabaseSync) {
  db.exec(`
    CREATE TABLE IF NOT EXISTS bus_event (id INTEGER PRIMARY KEY AUTOINCREMENT, json TEXT NOT NULL, ingested_at INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS bus_delivery (
      id INTEGER PRIMARY KEY AUTOINCREMENT, event_id INTEGER NOT NULL REFERENCES bus_event (id), rule_arn TEXT NOT NULL,
      rule_name TEXT NOT NULL, target TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER NOT NULL);
    CREATE INDEX IF NOT EXISTS bus_delivery_due ON bus_delivery (due_at, id);
    CREATE INDEX IF NOT EXISTS bus_delivery_event ON bus_delivery (event_id);
  `);
  const insertEvent = db.prepare('INSERT INTO bus_event (json, ingested_at) VALUES (?, ?)');
  const insertDelivery = db.prepare(
    'INSERT INTO bus_delivery (event_id, rule_arn, rule_name, target, due_at) VALUES (?, ?, ?, ?, ?)',
  );
  const selectDue = db.prepare(`
    SELECT d.id, rule_arn AS ruleArn, rule_name AS ruleName, target, attempts, json AS eventJson, ingested_at AS ingestedAt
    FROM bus_delivery d JOIN bus_event e ON e.id = d.event_id
    WHERE due_at <= ? AND d.id NOT IN (SELECT value FROM json_each(?)) ORDER BY due_at, d.id LIMIT ?`);
  const selectNextDue = db.prepare('SELECT min(due_at) AS due FROM bus_delivery WHERE due_at > ?');
  const postpone = db.prepare('UPDATE bus_delivery SET attempts = attempts + 1, due_at = ? WHERE id = ?');
  const deleteDelivery = db.prepare('DELETE FROM bus_delivery WHERE id = ? RETURNING event_id AS event');
  const deleteEvent = db.prepare(
    'DELETE FROM bus_event WHERE id = ? AND NOT EXISTS (SELECT 1 FROM bus_delivery WHERE event_id = bus_event.id)',
  );

  return {
    /** Writes an event with a delivery to every target of the rules. Call within a transaction. */
    add(eventJson: string, rules: readonly Rule[], now: number): void {
      const deliveries = rules.flatMap((rule) => rule.targets.map((target) => ({ rule, target })));
      if (deliveries.length === 0) return;
      const event = insertEvent.run(eventJson, now).lastInsertRowid;
      for (const { rule, target } of deliveries) insertDelivery.run(event, rule.arn, rule.name, JSON.stringify(target), now);
    },
    /** Deliveries whose time has come, oldest first, but for those under way. */
    due(now: number, underWay: Iterable<number>, limit: number): PendingDelivery[] {
      return selectDue.all(now, JSON.stringify([...underWay]), limit).map((row) => v.parse(Row, row));
    },
    /** When the next delivery after `now` is to be made, in milliseconds since the epoch. */
    nextDue(now: number): number | undefined {
      const due = selectNextDue.get(now)?.due;
      return typeof due === 'number' ? due : undefined;
    },
    postpone(id: number, dueAt: number): void {
      postpone.run(dueAt, id);
    },
    finish(id: number): void {
      inTransaction(db, () => {
        const event = deleteDelivery.get(id)?.event;
        if (typeof event === 'number') deleteEvent.run(event);
      });
    },
  };
}

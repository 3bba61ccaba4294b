import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import { inTransaction } from '../transaction.ts';
import type { Rule } from './rule.ts';

interface Schedules {
  /** Begins to fire. */
  start(): void;
  /** Takes a rule's schedule; a rule that is disabled or has none is forgotten. */
  set(rule: Rule): void;
  close(): void;
}

/**
 * Fires scheduled rules on the clock. The next time of each is kept in SQLite, so that a restart neither begins a period anew nor skips one that
 * ended meanwhile: that one fires once, at the start.
 */
export function createSchedules(options: { db: DatabaseSync; clock: Clock; fire: (rule: Rule) => void }): Schedules {
  const { db, clock, fire } = options;
  db.exec('CREATE TABLE IF NOT EXISTS bus_schedule (rule_arn TEXT PRIMARY KEY, period INTEGER NOT NULL, due_at INTEGER NOT NULL)');
  const select = db.prepare('SELECT due_at AS due FROM bus_schedule WHERE rule_arn = ? AND period = ?');
  const upsert = db.prepare('INSERT OR REPLACE INTO bus_schedule (rule_arn, period, due_at) VALUES (?, ?, ?)');
  const remove = db.prepare('DELETE FROM bus_schedule WHERE rule_arn = ?');
  const running = new Map<string, { rule: Rule; timer?: AbortController }>();
  let started = false;

  function run(rule: Rule, period: number): void {
    const known = select.get(rule.arn, period)?.due;
    const due = typeof known === 'number' ? known : clock.now() + period;
    if (typeof known !== 'number') upsert.run(rule.arn, period, due);
    const timer = new AbortController();
    running.set(rule.arn, { rule, timer });
    clock.sleep(Math.max(due - clock.now(), 0), timer.signal).then(
      () => {
        if (timer.signal.aborted) return;
        const missed = Math.floor((clock.now() - due) / period);
        inTransaction(db, () => {
          upsert.run(rule.arn, period, due + (Math.max(missed, 0) + 1) * period);
          fire(rule);
        });
        run(rule, period);
      },
      () => undefined,
    );
  }

  return {
    start() {
      if (started) return;
      started = true;
      for (const { rule } of [...running.values()]) if (rule.period !== undefined) run(rule, rule.period);
    },
    set(rule) {
      running.get(rule.arn)?.timer?.abort();
      running.delete(rule.arn);
      if (rule.period === undefined || !rule.enabled) remove.run(rule.arn);
      else if (started) run(rule, rule.period);
      else running.set(rule.arn, { rule });
    },
    close() {
      for (const { timer } of running.values()) timer?.abort();
      running.clear();
    },
  };
}

import type { DatabaseSync } from 'node:sqlite';

/** Runs `work` in one transaction, or within the one that the caller has open: an event can be part of a state change. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  const nested = db.isTransaction;
  db.exec(nested ? 'SAVEPOINT bus' : 'BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec(nested ? 'RELEASE bus' : 'COMMIT');
    return result;
  } catch (error) {
    db.exec(nested ? 'ROLLBACK TO bus; RELEASE bus' : 'ROLLBACK');
    throw error;
  }
}

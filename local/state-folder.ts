import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Raised when what is kept in the state folder changes its form. */
const STATE_FORM = 1;

const unusable = (stateDir: string, reason: string) =>
  new Error(`The state folder ${stateDir} cannot be used: ${reason}. Move it away, or name another with MILLRACE_STATE_DIR.`);

/** Makes the folder if it is missing. Throws an `Error` of one sentence when that can't be. */
export function makeStateFolder(stateDir: string): void {
  try {
    mkdirSync(stateDir, { recursive: true });
  } catch (error) {
    throw unusable(stateDir, error instanceof Error ? error.message : String(error));
  }
}

/**
 * Opens the folder's database. WAL keeps every committed transaction through a `kill -9`; only a power cut may lose the last ones:
 * https://sqlite.org/pragma.html#pragma_synchronous. Throws an `Error` of one sentence for a database that is not ours.
 */
export function openDatabase(stateDir: string): DatabaseSync {
  try {
    const db = new DatabaseSync(join(stateDir, 'state.sqlite'));
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
    const form = Number(db.prepare('PRAGMA user_version').get()?.user_version);
    const isNew = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables === 0;
    if (!isNew && form !== STATE_FORM) throw new Error('it was written by another version of Millrace, or by another program');
    db.exec(`PRAGMA user_version = ${STATE_FORM}`);
    return db;
  } catch (error) {
    throw unusable(stateDir, error instanceof Error ? error.message : String(error));
  }
}

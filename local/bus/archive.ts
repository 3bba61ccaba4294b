import type { DatabaseSync } from 'node:sqlite';
import type { SerializedEvent } from './event.ts';

const DAY_MS = 86_400_000;
const PRUNING_INTERVAL_MS = 3_600_000;

export interface Archive {
  readonly name: string;
  readonly bus: string;
  readonly matches: (event: unknown) => boolean;
  /** Days that events are kept; 0 is for ever. */
  readonly retentionDays: number;
}

interface ArchivedEvent {
  readonly position: number;
  readonly json: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** Archives of buses and the events in them (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html). */
export type Archives = ReturnType<typeof createArchives>;

export function createArchives(db: DatabaseSync) {
  db.exec(`
    CREATE TABLE IF NOT EXISTS bus_archive (
      position INTEGER PRIMARY KEY AUTOINCREMENT, archive TEXT NOT NULL, time INTEGER NOT NULL, archived_at INTEGER NOT NULL, json TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS bus_archive_position ON bus_archive (archive, position);
    CREATE INDEX IF NOT EXISTS bus_archive_age ON bus_archive (archive, archived_at);
  `);
  const insert = db.prepare('INSERT INTO bus_archive (archive, time, archived_at, json) VALUES (?, ?, ?, ?)');
  const prune = db.prepare('DELETE FROM bus_archive WHERE archive = ? AND archived_at <= ?');
  const page = db.prepare(
    'SELECT position, json, time FROM bus_archive WHERE archive = ? AND position > ? AND time >= ? AND time < ? ORDER BY position LIMIT ?',
  );
  const archives = new Map<string, Archive>();
  const pruned = new Map<string, number>();

  function pruneIfDue(archive: Archive, now: number): void {
    if (archive.retentionDays === 0 || now - (pruned.get(archive.name) ?? Number.NEGATIVE_INFINITY) < PRUNING_INTERVAL_MS) return;
    prune.run(archive.name, now - archive.retentionDays * DAY_MS);
    pruned.set(archive.name, now);
  }

  return {
    set(archive: Archive): void {
      archives.set(archive.name, archive);
    },
    get(name: string): Archive | undefined {
      return archives.get(name);
    },
    /** Keeps an event in each archive of its bus that takes it; replayed events are not archived again. Call within a transaction. */
    keep(bus: string, { event, json }: SerializedEvent, now: number): void {
      if (event['replay-name'] !== undefined) return;
      for (const archive of archives.values()) {
        if (archive.bus !== bus || !archive.matches(event)) continue;
        pruneIfDue(archive, now);
        insert.run(archive.name, Date.parse(event.time), now, json);
      }
    },
    /** Events after a position whose own time is from `start` up to `end`, both in milliseconds. */
    read(name: string, range: { after: number; start: number; end: number; limit: number }, now: number): ArchivedEvent[] {
      const archive = archives.get(name);
      if (archive === undefined) return [];
      pruneIfDue(archive, now);
      return page.all(name, range.after, range.start, range.end, range.limit).map((row) => ({
        position: Number(row.position),
        json: String(row.json),
        time: Number(row.time),
      }));
    },
  };
}

import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';

export interface CustomResourceIdentity {
  readonly stackName: string;
  readonly logicalId: string;
}

/** A custom resource as its function last left it. */
export interface CustomResourceRecord extends CustomResourceIdentity {
  readonly type: string;
  readonly physicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, string>>;
}

interface PendingRemoval extends CustomResourceRecord {
  readonly removalId: number;
}

/** What must be remembered between starts, so that each custom resource is created, updated and deleted once. */
export interface CustomResourceState {
  find(identity: CustomResourceIdentity): CustomResourceRecord | undefined;
  /** Stores `next`; with `replaced`, also that the old one must still be deleted. */
  save(next: CustomResourceRecord, replaced?: CustomResourceRecord): void;
  /** Turns every resource that `isKept` does not know into a pending removal. */
  retire(isKept: (identity: CustomResourceIdentity) => boolean): void;
  /** The latest first. */
  pendingRemovals(): readonly PendingRemoval[];
  removed(removalId: number): void;
}

const json = <Schema extends v.GenericSchema>(schema: Schema) => v.pipe(v.string(), v.parseJson(), schema);

const recordSchema = v.object({
  stackName: v.string(),
  logicalId: v.string(),
  type: v.string(),
  physicalId: v.string(),
  properties: json(v.record(v.string(), v.unknown())),
  attributes: json(v.record(v.string(), v.string())),
});
const removalSchema = v.object({ ...recordSchema.entries, removalId: v.number() });

const COLUMNS = 'stackName, logicalId, type, physicalId, properties, attributes';
const columnsOf = (record: CustomResourceRecord) => [
  record.stackName,
  record.logicalId,
  record.type,
  record.physicalId,
  JSON.stringify(record.properties),
  JSON.stringify(record.attributes),
];

export function openCustomResourceState(db: DatabaseSync): CustomResourceState {
  const declared = 'stackName TEXT, logicalId TEXT, type TEXT, physicalId TEXT, properties TEXT, attributes TEXT';
  db.exec(`
    CREATE TABLE IF NOT EXISTS customResource (${declared}, PRIMARY KEY (stackName, logicalId)) STRICT;
    CREATE TABLE IF NOT EXISTS customResourceRemoval (removalId INTEGER PRIMARY KEY, ${declared}) STRICT;
  `);
  const select = db.prepare(`SELECT ${COLUMNS} FROM customResource WHERE stackName = ? AND logicalId = ?`);
  const selectAll = db.prepare(`SELECT ${COLUMNS} FROM customResource ORDER BY rowid`);
  const upsert = db.prepare(`INSERT OR REPLACE INTO customResource (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`);
  const drop = db.prepare('DELETE FROM customResource WHERE stackName = ? AND logicalId = ?');
  const addRemoval = db.prepare(`INSERT INTO customResourceRemoval (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`);
  const selectRemovals = db.prepare(`SELECT removalId, ${COLUMNS} FROM customResourceRemoval ORDER BY removalId DESC`);
  const dropRemoval = db.prepare('DELETE FROM customResourceRemoval WHERE removalId = ?');

  const atomically = (action: () => void) => {
    db.exec('BEGIN IMMEDIATE');
    try {
      action();
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  };

  return {
    find({ stackName, logicalId }) {
      const row = select.get(stackName, logicalId);
      return row && v.parse(recordSchema, row);
    },
    save(next, replaced) {
      atomically(() => {
        if (replaced) addRemoval.run(...columnsOf(replaced));
        upsert.run(...columnsOf(next));
      });
    },
    retire(isKept) {
      const left = v.parse(v.array(recordSchema), selectAll.all()).filter((record) => !isKept(record));
      atomically(() => {
        for (const record of left) {
          addRemoval.run(...columnsOf(record));
          drop.run(record.stackName, record.logicalId);
        }
      });
    },
    pendingRemovals: () => v.parse(v.array(removalSchema), selectRemovals.all()),
    removed: (removalId) => void dropRemoval.run(removalId),
  };
}

import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** The keys' random bytes. A key that is gone from the templates keeps its own: what it encrypted can be read when it comes back. */
export function createKeyMaterial(db: DatabaseSync) {
  db.exec('CREATE TABLE IF NOT EXISTS kms_keys (id TEXT PRIMARY KEY, material BLOB NOT NULL)');
  const insert = db.prepare('INSERT OR IGNORE INTO kms_keys (id, material) VALUES (?, ?)');
  const select = db.prepare('SELECT material FROM kms_keys WHERE id = ?');
  return {
    make: (id: string) => void insert.run(id, randomBytes(32)),
    of(id: string): Uint8Array {
      const material = select.get(id)?.material;
      if (!(material instanceof Uint8Array)) throw new Error(`The key ${id} has no material.`);
      return material;
    },
  };
}

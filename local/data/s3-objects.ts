import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';

export interface ObjectHead {
  readonly key: string;
  /** In quotes, as it travels. */
  readonly etag: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** Content headers and user metadata, by the API's member names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The objects of all buckets in SQLite. */
export function createS3Objects(db: DatabaseSync) {
  db.exec(`
    CREATE TABLE IF NOT EXISTS s3_objects (
      bucket TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified_at INTEGER NOT NULL,
      headers TEXT NOT NULL, metadata TEXT NOT NULL, PRIMARY KEY (bucket, key)
    )`);
  const HEAD = 'key, size, etag, modified_at, headers, metadata';
  const put = db.prepare(
    'INSERT OR REPLACE INTO s3_objects (bucket, key, body, size, etag, modified_at, headers, metadata) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const head = db.prepare(`SELECT ${HEAD} FROM s3_objects WHERE bucket = ? AND key = ?`);
  const body = db.prepare('SELECT body FROM s3_objects WHERE bucket = ? AND key = ?');
  const remove = db.prepare('DELETE FROM s3_objects WHERE bucket = ? AND key = ?');
  const expire = db.prepare('DELETE FROM s3_objects WHERE bucket = ? AND substr(key, 1, length(?)) = ? AND modified_at <= ?');
  const list = db.prepare(
    `SELECT ${HEAD} FROM s3_objects WHERE bucket = ? AND substr(key, 1, length(?)) = ? AND key > ? ORDER BY key LIMIT ?`,
  );

  return {
    put(bucket: string, object: ObjectHead, bytes: Uint8Array): void {
      const { key, size, etag, modifiedAt, headers, metadata } = object;
      put.run(bucket, key, bytes, size, etag, modifiedAt, JSON.stringify(headers), JSON.stringify(metadata));
    },
    head(bucket: string, key: string): ObjectHead | undefined {
      const row = head.get(bucket, key);
      return row && toHead(row);
    },
    body(bucket: string, key: string): Uint8Array {
      const bytes = body.get(bucket, key)?.body;
      return bytes instanceof Uint8Array ? bytes : new Uint8Array();
    },
    delete: (bucket: string, key: string): void => void remove.run(bucket, key),
    /** Deletes the objects under a prefix that were last written before `writtenBefore`, and returns how many. */
    expire: (bucket: string, prefix: string, writtenBefore: number): number =>
      Number(expire.run(bucket, prefix, prefix, writtenBefore).changes),
    /** In the order of the keys' UTF-8 bytes, those after `after`. */
    list: (bucket: string, options: { prefix: string; after: string; maximum: number }): ObjectHead[] =>
      list.all(bucket, options.prefix, options.prefix, options.after, options.maximum).map(toHead),
  };
}

function toHead(row: Record<string, SQLOutputValue>): ObjectHead {
  return {
    key: String(row.key),
    size: Number(row.size),
    etag: String(row.etag),
    modifiedAt: Number(row.modified_at),
    headers: JSON.parse(String(row.headers)) as Record<string, string>,
    metadata: JSON.parse(String(row.metadata)) as Record<string, string>,
  };
}

import type { DatabaseSync } from 'node:sqlite';
import { AwsError } from '../aws/service.ts';
import { contentHash, type FunctionConfiguration, type FunctionVersion } from './configuration.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html */
interface AsynchronousConfiguration {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  readonly onFailureQueueArn?: string;
}

const DEFAULT_ASYNCHRONOUS: AsynchronousConfiguration = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 6 * 60 * 60 };

/** A function as a caller names it. */
export interface FunctionReference {
  readonly name: string;
  readonly qualifier?: string;
}

/** The functions that the templates declare, with the versions published in this state directory, now or earlier. */
export interface FunctionRegistry {
  deploy(configuration: FunctionConfiguration, reservedConcurrency?: number): void;
  /** Publishes what is deployed and returns the version's number: the old one when code and configuration were published before. */
  publish(name: string): number;
  /** Raises `ResourceNotFoundException` when there is no such function or version. */
  find(reference: FunctionReference): FunctionVersion;
  reservedConcurrency(name: string): number | undefined;
  /** The sum of all functions' reserved concurrency. */
  totalReserved(): number;
  configureAsynchronous(name: string, version: string, configuration: Partial<AsynchronousConfiguration>): void;
  asynchronous(name: string, version: string): AsynchronousConfiguration;
}

/** `keepCode` gives the place of a bundle's copy for as long as the state directory is there, named by what is in it. */
export function createFunctionRegistry(db: DatabaseSync, keepCode: (taskRoot: string) => string): FunctionRegistry {
  db.exec(`CREATE TABLE IF NOT EXISTS function_versions (
    name TEXT NOT NULL, version INTEGER NOT NULL, content_hash TEXT NOT NULL, configuration TEXT NOT NULL,
    PRIMARY KEY (name, version)) STRICT`);
  const versionOfContent = db.prepare('SELECT version FROM function_versions WHERE name = ? AND content_hash = ?');
  const lastVersion = db.prepare('SELECT max(version) AS version FROM function_versions WHERE name = ?');
  const insertVersion = db.prepare(
    'INSERT INTO function_versions (name, version, content_hash, configuration) VALUES (?, ?, ?, ?)',
  );
  const selectVersion = db.prepare('SELECT content_hash, configuration FROM function_versions WHERE name = ? AND version = ?');

  const latest = new Map<string, FunctionVersion>();
  const reserved = new Map<string, number>();
  const asynchronous = new Map<string, AsynchronousConfiguration>();

  function published(name: string, version: string): FunctionVersion | undefined {
    const row = /^\d{1,9}$/.test(version) ? selectVersion.get(name, Number(version)) : undefined;
    // The row was written by publish() below, so its shape is known.
    return (
      row && { ...(JSON.parse(String(row.configuration)) as FunctionConfiguration), version, contentHash: String(row.content_hash) }
    );
  }

  function find({ name, qualifier = '$LATEST' }: FunctionReference): FunctionVersion {
    const deployed = latest.get(name);
    const found = qualifier === '$LATEST' ? deployed : deployed && published(name, qualifier);
    if (!found) throw new AwsError('ResourceNotFoundException', `Function not found: ${name}:${qualifier}`, 404);
    return found;
  }

  return {
    find,
    deploy(configuration, reservedConcurrency) {
      const { name } = configuration;
      latest.set(name, { ...configuration, version: '$LATEST', contentHash: contentHash(configuration) });
      if (reservedConcurrency === undefined) reserved.delete(name);
      else reserved.set(name, reservedConcurrency);
    },
    publish(name) {
      const { version: _, contentHash: _hash, ...deployed } = find({ name });
      const configuration = { ...deployed, taskRoot: keepCode(deployed.taskRoot) };
      const hash = contentHash(configuration);
      const existing = versionOfContent.get(name, hash)?.version;
      if (existing !== undefined) return Number(existing);
      const next = Number(lastVersion.get(name)?.version ?? 0) + 1;
      insertVersion.run(name, next, hash, JSON.stringify(configuration));
      return next;
    },
    reservedConcurrency: (name) => reserved.get(name),
    totalReserved: () => reserved.values().reduce((sum, count) => sum + count, 0),
    configureAsynchronous(name, version, configuration) {
      find({ name, qualifier: version });
      asynchronous.set(`${name}:${version}`, { ...DEFAULT_ASYNCHRONOUS, ...configuration });
    },
    asynchronous: (name, version) => asynchronous.get(`${name}:${version}`) ?? DEFAULT_ASYNCHRONOUS,
  };
}

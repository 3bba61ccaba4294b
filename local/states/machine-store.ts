import { createHash } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import { inTransaction } from '../transaction.ts';
import { type MachineType, machineArn, parseMachineArn } from './arns.ts';
import type { Definition } from './asl/definition.ts';
import { awaitedBy, runsLocally, type TaskResource } from './asl/resource.ts';
import { parseDefinition } from './asl/validate.ts';

/** A state machine as it stands, or one of its versions. */
export interface Machine {
  /** Without a version. */
  readonly arn: string;
  readonly versionArn?: string;
  readonly name: string;
  readonly type: MachineType;
  readonly roleArn: string;
  /** The definition's key. */
  readonly definition: string;
  /** The same for the same definition, role and type. */
  readonly revision: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS states_definitions (hash TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS states_machines (arn TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS states_versions (
    machine_arn TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, role_arn TEXT NOT NULL,
    definition TEXT NOT NULL, revision TEXT NOT NULL, publisher TEXT NOT NULL, created_at INTEGER NOT NULL,
    PRIMARY KEY (machine_arn, number), UNIQUE (machine_arn, revision, publisher)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS states_deleted_versions (
    machine_arn TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (machine_arn, number)
  ) STRICT;`;

const PARSED_DEFINITIONS = 200;

/** Express workflows cannot wait for a token or an execution (https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html). */
const runsInExpress = (task: TaskResource): boolean => runsLocally(task) && awaitedBy(task) === undefined;

const sha256 = (...parts: readonly string[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** The state machines of this start's templates, and every version ever published. */
export class MachineStore {
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #current = new Map<string, Machine>();
  readonly #parsed = new Map<string, Definition>();

  constructor(db: DatabaseSync, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    db.exec(TABLES);
  }

  /** Makes or updates a state machine. Throws an `Error` with a sentence that names it when its definition is refused. */
  put(machine: { name: string; type: MachineType; roleArn: string; definitionText: string }): Machine {
    const { name, type, roleArn, definitionText } = machine;
    const arn = machineArn(name);
    const definition = sha256(definitionText);
    try {
      this.#parsed.set(definition, parseDefinition(definitionText, type === 'EXPRESS' ? runsInExpress : runsLocally));
    } catch (error) {
      throw new Error(`State machine ${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
    inTransaction(this.#db, () => {
      this.#db.prepare('INSERT OR IGNORE INTO states_definitions VALUES (?, ?)').run(definition, definitionText);
      this.#db.prepare('INSERT OR IGNORE INTO states_machines VALUES (?, ?)').run(arn, this.#clock.now());
    });
    const row = this.#db.prepare('SELECT created_at FROM states_machines WHERE arn = ?').get(arn);
    const revision = sha256(definition, roleArn, type).slice(0, 36);
    const current: Machine = { arn, name, type, roleArn, definition, revision, createdAt: Number(row?.created_at) };
    this.#current.set(arn, current);
    return current;
  }

  /** No execution of it begins any more; those that run go on, with their versions (https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html). */
  remove(arn: string): void {
    this.#current.delete(arn);
  }

  /** Publishes the state machine as it stands; the same revision published by the same publisher keeps its number. Gives the version's ARN. */
  publish(machine: Machine, publisher: string): string {
    const { arn, name, type, roleArn, definition, revision } = machine;
    const number = inTransaction(this.#db, () => {
      const known = this.#db
        .prepare('SELECT number FROM states_versions WHERE machine_arn = ? AND revision = ? AND publisher = ?')
        .get(arn, revision, publisher);
      if (known) return Number(known.number);
      // A number is given once (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html).
      const last = this.#db
        .prepare(
          `SELECT MAX(number) AS number FROM (SELECT machine_arn, number FROM states_versions
            UNION ALL SELECT machine_arn, number FROM states_deleted_versions) WHERE machine_arn = ?`,
        )
        .get(arn);
      const next = Number(last?.number ?? 0) + 1;
      this.#db
        .prepare('INSERT INTO states_versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run(arn, next, name, type, roleArn, definition, revision, publisher, this.#clock.now());
      return next;
    });
    return `${arn}:${number}`;
  }

  /** Deletes a version; what its executions run stays. One that is not there is left at that. */
  unpublish(machineArn: string, version: number): void {
    inTransaction(this.#db, () => {
      const { changes } = this.#db
        .prepare('DELETE FROM states_versions WHERE machine_arn = ? AND number = ?')
        .run(machineArn, version);
      if (changes > 0) this.#db.prepare('INSERT INTO states_deleted_versions VALUES (?, ?)').run(machineArn, version);
    });
  }

  /** The state machine or version that an ARN names; undefined when there is none. */
  find(arn: unknown): Machine | undefined {
    const parsed = parseMachineArn(arn);
    const current = parsed && this.#current.get(parsed.machineArn);
    if (!current || parsed.version === undefined) return current;
    const row = this.#db
      .prepare('SELECT * FROM states_versions WHERE machine_arn = ? AND number = ?')
      .get(parsed.machineArn, parsed.version);
    return row && toVersion(row);
  }

  /** Newest first. */
  versions(arn: string): readonly Machine[] {
    const rows = this.#db.prepare('SELECT * FROM states_versions WHERE machine_arn = ? ORDER BY number DESC').all(arn);
    return rows.map(toVersion);
  }

  definitionText(definition: string): string {
    return String(this.#db.prepare('SELECT text FROM states_definitions WHERE hash = ?').get(definition)?.text ?? '');
  }

  definition(definition: string): Definition {
    const known = this.#parsed.get(definition);
    if (known) return known;
    const parsed = parseDefinition(this.definitionText(definition));
    if (this.#parsed.size >= PARSED_DEFINITIONS) this.#parsed.clear();
    this.#parsed.set(definition, parsed);
    return parsed;
  }
}

function toVersion(row: Record<string, SQLOutputValue>): Machine {
  const arn = String(row.machine_arn);
  return {
    arn,
    versionArn: `${arn}:${row.number}`,
    name: String(row.name),
    type: row.type === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
    roleArn: String(row.role_arn),
    definition: String(row.definition),
    revision: String(row.revision),
    createdAt: Number(row.created_at),
  };
}

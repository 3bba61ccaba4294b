import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { MachineType } from './arns.ts';

type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly type: MachineType;
  readonly machineArn: string;
  readonly machineName: string;
  readonly versionArn?: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly status: ExecutionStatus;
  /** JSON text. */
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly stoppedAt?: number;
  readonly redriveCount: number;
  /** The last redrive, in milliseconds since the epoch. */
  readonly redrivenAt?: number;
  /** How many of its two status changes, the start and the end, have reached the bus. */
  readonly announced: number;
}

export interface Ending {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS states_executions (
    number INTEGER PRIMARY KEY AUTOINCREMENT, arn TEXT NOT NULL UNIQUE, name TEXT NOT NULL, type TEXT NOT NULL,
    machine_arn TEXT NOT NULL, machine_name TEXT NOT NULL, version_arn TEXT, definition TEXT NOT NULL, role_arn TEXT NOT NULL,
    status TEXT NOT NULL, input TEXT NOT NULL, output TEXT, error TEXT, cause TEXT,
    started_at INTEGER NOT NULL, stopped_at INTEGER, announced INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS states_redrives (arn TEXT PRIMARY KEY, redrive_count INTEGER NOT NULL, redriven_at INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS states_executions_by_machine ON states_executions (machine_arn, number);
  CREATE INDEX IF NOT EXISTS states_executions_open ON states_executions (number) WHERE status = 'RUNNING' OR announced < 2;
  CREATE INDEX IF NOT EXISTS states_executions_stopped ON states_executions (stopped_at);`;

/** The executions, running and ended. A Standard one is kept, and its name taken, until it is forgotten; an Express one until it ends. */
export class ExecutionStore {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    db.exec(TABLES);
  }

  insert(execution: Execution): void {
    const { arn, name, type, machineArn, machineName, versionArn, definition, roleArn, status, input, startedAt, announced } =
      execution;
    this.#db
      .prepare(
        `INSERT INTO states_executions
          (arn, name, type, machine_arn, machine_name, version_arn, definition, role_arn, status, input, started_at, announced)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(arn, name, type, machineArn, machineName, versionArn ?? null, definition, roleArn, status, input, startedAt, announced);
  }

  find(arn: string): Execution | undefined {
    const row = this.#db.prepare('SELECT * FROM states_executions LEFT JOIN states_redrives USING (arn) WHERE arn = ?').get(arn);
    return row && toExecution(row);
  }

  /** Ends a running execution; false when it had ended already. */
  end(arn: string, { status, output, error, cause }: Ending, stoppedAt: number): boolean {
    const { changes } = this.#db
      .prepare(
        `UPDATE states_executions SET status = ?, output = ?, error = ?, cause = ?, stopped_at = ? WHERE arn = ? AND status = 'RUNNING'`,
      )
      .run(status, output ?? null, error ?? null, cause ?? null, stoppedAt, arn);
    return changes === 1;
  }

  /** Lets an execution that has ended run again, as redriven at `time`; it has its status changes to announce once more. */
  reopen(arn: string, time: number): void {
    this.#db
      .prepare(
        `UPDATE states_executions SET status = 'RUNNING', output = NULL, error = NULL, cause = NULL, stopped_at = NULL, announced = 0 WHERE arn = ?`,
      )
      .run(arn);
    this.#db
      .prepare(
        `INSERT INTO states_redrives VALUES ($arn, 1, $time)
          ON CONFLICT (arn) DO UPDATE SET redrive_count = redrive_count + 1, redriven_at = $time`,
      )
      .run({ $arn: arn, $time: time });
  }

  setAnnounced(arn: string, announced: number): void {
    this.#db.prepare('UPDATE states_executions SET announced = ? WHERE arn = ?').run(announced, arn);
  }

  remove(arn: string): void {
    this.#db.prepare('DELETE FROM states_executions WHERE arn = ?').run(arn);
    this.#db.prepare('DELETE FROM states_redrives WHERE arn = ?').run(arn);
  }

  /** ARNs of the executions that run or have a status change to announce, oldest first. */
  open(): string[] {
    const rows = this.#db
      .prepare(`SELECT arn FROM states_executions WHERE status = 'RUNNING' OR announced < 2 ORDER BY number`)
      .all();
    return rows.map(({ arn }) => String(arn));
  }

  stoppedBefore(time: number): string[] {
    const rows = this.#db.prepare('SELECT arn FROM states_executions WHERE stopped_at < ?').all(time);
    return rows.map(({ arn }) => String(arn));
  }

  /** Standard executions of a state machine or a version, newest first, from below a number. */
  list(options: { arn: string; status?: string; below: number; limit: number }): { number: number; execution: Execution }[] {
    const rows = this.#db
      .prepare(
        `SELECT * FROM states_executions LEFT JOIN states_redrives USING (arn) WHERE (machine_arn = $arn OR version_arn = $arn) AND type = 'STANDARD' AND number < $below
          AND ($status IS NULL OR status = $status) ORDER BY number DESC LIMIT $limit`,
      )
      .all({ $arn: options.arn, $status: options.status ?? null, $below: options.below, $limit: options.limit });
    return rows.map((row) => ({ number: Number(row.number), execution: toExecution(row) }));
  }
}

function toExecution(row: Record<string, SQLOutputValue>): Execution {
  const text = (key: string, column: string) => (row[column] === null ? {} : { [key]: String(row[column]) });
  return {
    arn: String(row.arn),
    name: String(row.name),
    type: row.type === 'EXPRESS' ? 'EXPRESS' : 'STANDARD',
    machineArn: String(row.machine_arn),
    machineName: String(row.machine_name),
    definition: String(row.definition),
    roleArn: String(row.role_arn),
    status: row.status as ExecutionStatus,
    input: String(row.input),
    startedAt: Number(row.started_at),
    announced: Number(row.announced),
    redriveCount: Number(row.redrive_count ?? 0),
    ...(row.redriven_at !== null && { redrivenAt: Number(row.redriven_at) }),
    ...text('versionArn', 'version_arn'),
    ...text('output', 'output'),
    ...text('error', 'error'),
    ...text('cause', 'cause'),
    ...(row.stopped_at !== null && { stoppedAt: Number(row.stopped_at) }),
  };
}

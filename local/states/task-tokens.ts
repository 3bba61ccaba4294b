import type { DatabaseSync } from 'node:sqlite';
import { AwsError } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import { StatesError } from './asl/errors.ts';

/** What a task's token came back with: its output as JSON text, or a failure. */
type TokenOutcome = { readonly output: string } | { readonly error: string; readonly cause: string };

const TABLE = `
  CREATE TABLE IF NOT EXISTS states_tokens (
    token TEXT PRIMARY KEY, execution TEXT NOT NULL, machine_arn TEXT NOT NULL, heartbeat_at INTEGER NOT NULL, outcome TEXT, closed INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS states_tokens_by_execution ON states_tokens (execution);`;

const TOKEN = /^[A-Za-z0-9_-]{86}$/;

/** The tokens of tasks that wait for them, kept until their execution is forgotten. */
export class TaskTokens {
  readonly #db: DatabaseSync;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, () => void>();

  constructor(db: DatabaseSync, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    db.exec(TABLE);
  }

  open(token: string, execution: string, machineArn: string): void {
    this.#db
      .prepare('INSERT OR IGNORE INTO states_tokens VALUES (?, ?, ?, ?, NULL, 0)')
      .run(token, execution, machineArn, this.#clock.now());
  }

  close(token: string): void {
    this.#db.prepare('UPDATE states_tokens SET closed = 1 WHERE token = ?').run(token);
  }

  /** For an execution that has ended. */
  closeAll(execution: string): void {
    this.#db.prepare('UPDATE states_tokens SET closed = 1 WHERE execution = ?').run(execution);
  }

  forget(execution: string): void {
    this.#db.prepare('DELETE FROM states_tokens WHERE execution = ?').run(execution);
  }

  lastHeartbeat(token: string): number {
    return Number(this.#find(token)?.heartbeat_at ?? 0);
  }

  /** Rejects with `StatesError` when what comes back is a failure, or with the signal's reason. */
  async outcome(token: string, signal: AbortSignal): Promise<unknown> {
    if (this.#find(token)?.outcome === null) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.set(token, resolve);
      if (signal.aborted) abort();
      await promise.finally(() => {
        this.#waiting.delete(token);
        signal.removeEventListener('abort', abort);
      });
    }
    const outcome = JSON.parse(String(this.#find(token)?.outcome)) as TokenOutcome;
    if ('error' in outcome) throw new StatesError(outcome.error, outcome.cause);
    return JSON.parse(outcome.output);
  }

  /** The state machine whose task the token stands for; undefined when it is not known. */
  machineOf(token: unknown): string | undefined {
    const row = this.#find(String(token));
    return row && String(row.machine_arn);
  }

  /** Throws `AwsError` as https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html has it. */
  complete(token: unknown, outcome: TokenOutcome): void {
    const open = this.#opened(token);
    this.#db.prepare('UPDATE states_tokens SET outcome = ? WHERE token = ?').run(JSON.stringify(outcome), open);
    this.#waiting.get(open)?.();
  }

  /** Throws `AwsError` as https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html has it. */
  heartbeat(token: unknown): void {
    this.#db.prepare('UPDATE states_tokens SET heartbeat_at = ? WHERE token = ?').run(this.#clock.now(), this.#opened(token));
  }

  #opened(token: unknown): string {
    if (typeof token !== 'string' || !TOKEN.test(token)) throw new AwsError('InvalidToken', 'The task token is not valid.');
    const row = this.#find(token);
    if (!row) throw new AwsError('TaskDoesNotExist', 'There is no task with this token.');
    if (row.closed !== 0 || row.outcome !== null) {
      throw new AwsError('TaskTimedOut', 'The task of this token has timed out, or it has been closed.');
    }
    return token;
  }

  #find(token: string) {
    return this.#db.prepare('SELECT * FROM states_tokens WHERE token = ?').get(token);
  }
}

import type { DatabaseSync } from 'node:sqlite';
import { type AwsCall, AwsError } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import { inTransaction } from '../transaction.ts';
import { StatesError } from './asl/errors.ts';
import { runGraph } from './asl/interpreter.ts';
import { silentJournal } from './asl/journal.ts';
import type { Host } from './asl/scope.ts';
import { until } from './asl/until.ts';
import { endedEvent, redrivenEvent, startedEvent } from './execution-events.ts';
import { type Ending, type Execution, ExecutionStore } from './execution-store.ts';
import { HistoryStore } from './history-store.ts';
import type { InvokeHttp } from './integrations/http.ts';
import { createTaskInvoker, NOT_SUPPORTED } from './integrations/invoke-task.ts';
import type { MachineStore } from './machine-store.ts';
import { type StatusChangeEvent, statusChange } from './status-change.ts';
import { TaskTokens } from './task-tokens.ts';
import { Endings, waitingOf } from './waiting.ts';

export interface ExecutionsOptions {
  readonly db: DatabaseSync;
  readonly call: AwsCall;
  readonly invokeHttp: InvokeHttp;
  readonly emit: (event: StatusChangeEvent) => Promise<void> | void;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
}

/** How long executions may run: Standard a year, Express five minutes (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). */
const LONGEST_MS = { STANDARD: 365 * 86_400_000, EXPRESS: 300_000 };

/** How long an ended Standard execution is kept and its name taken (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). */
const RETENTION_MS = 90 * 86_400_000;

/** How long after its end an execution can be redriven (https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html). */
const REDRIVABLE_MS = 14 * 86_400_000;

/** Express durations are billed in steps of 100 ms and chunks of 64 MB (https://aws.amazon.com/step-functions/pricing/). */
const EXPRESS_STEP_MS = 100;
const EXPRESS_GB = 64 / 1024;

/** Starts executions, drives them to their end, and takes up those that a stopped process left. Nothing of an ended one stays in memory. */
export class Executions {
  readonly store: ExecutionStore;
  readonly history: HistoryStore;
  readonly tokens: TaskTokens;
  readonly #options: ExecutionsOptions;
  readonly #machines: MachineStore;
  readonly #running = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>();
  readonly #endings: Endings;
  #closed = false;

  constructor(options: ExecutionsOptions, machines: MachineStore) {
    this.#options = options;
    this.#machines = machines;
    this.store = new ExecutionStore(options.db);
    this.history = new HistoryStore(options.db, options.clock);
    this.tokens = new TaskTokens(options.db, options.clock);
    this.#endings = new Endings(this.store);
  }

  /** Keeps a new execution and lets it begin; once this has returned, it survives the process. */
  start(execution: Execution): void {
    inTransaction(this.#options.db, () => {
      this.store.insert(execution);
      if (execution.type === 'STANDARD') this.history.add(execution.arn, startedEvent(execution));
    });
    if (execution.type === 'EXPRESS') this.#options.meter.add('states.expressRequests', 1);
    this.#launch(execution);
  }

  /** Ends a running Standard execution as aborted. */
  stop(arn: string, error?: string, cause?: string): void {
    const reason = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
    this.#end(arn, { status: 'ABORTED', ...reason });
    const running = this.#running.get(arn);
    if (running) running.stop.abort();
    else void this.#announce(arn);
  }

  /**
   * Goes on with an execution that did not succeed, from the states that failed or were cut off; those that succeeded are not run again.
   * Gives the time in milliseconds; rejects with `AwsError` `ExecutionNotRedrivable`
   * (https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html).
   */
  async redrive(arn: string): Promise<number> {
    const { clock, db } = this.#options;
    // Its end is still being announced.
    if (this.store.find(arn)?.status !== 'RUNNING') await this.#running.get(arn)?.ended;
    inTransaction(db, () => {
      const ended = this.store.find(arn);
      const stoppedAt = ended?.stoppedAt ?? 0;
      const isOpen = !ended || ended.status === 'RUNNING' || ended.status === 'SUCCEEDED';
      if (isOpen || stoppedAt < clock.now() - REDRIVABLE_MS || !this.history.reopen(arn)) {
        throw new AwsError('ExecutionNotRedrivable', `The execution ${arn} cannot be redriven.`);
      }
      this.store.reopen(arn, clock.now());
      const redriveCount = ended.redriveCount + 1;
      this.history.add(arn, redrivenEvent(redriveCount));
    });
    const execution = this.store.find(arn);
    if (execution) this.#launch(execution);
    return execution?.redrivenAt ?? clock.now();
  }

  /** Frees the name of an execution that ended 90 days ago. */
  forgetExpired(arn: string): void {
    const { stoppedAt } = this.store.find(arn) ?? {};
    if (stoppedAt !== undefined && stoppedAt < this.#options.clock.now() - RETENTION_MS) this.#forget(arn);
  }

  resume(): void {
    for (const arn of this.store.stoppedBefore(this.#options.clock.now() - RETENTION_MS)) this.#forget(arn);
    for (const arn of this.store.open()) {
      const execution = this.store.find(arn);
      if (!execution || this.#running.has(arn)) continue;
      if (execution.status === 'RUNNING') this.#launch(this.#resumed(execution));
      else void this.#announce(arn);
    }
  }

  /** An Express execution begins anew, its time too: the minutes that the runtime was stopped for must not end it. */
  #resumed(execution: Execution): Execution {
    return execution.type === 'EXPRESS' ? { ...execution, startedAt: this.#options.clock.now() } : execution;
  }

  /** Leaves the running executions as they stand, to be resumed. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ ended }) => ended));
  }

  #forget(arn: string): void {
    inTransaction(this.#options.db, () => {
      this.store.remove(arn);
      this.history.remove(arn);
      this.tokens.forget(arn);
    });
  }

  #launch(execution: Execution): void {
    if (this.#closed) return;
    const stop = new AbortController();
    const drive = execution.type === 'EXPRESS' ? this.#driveExpress(execution, stop) : this.#driveStandard(execution, stop);
    const ended = drive
      .catch((error: unknown) => {
        if (!this.#closed)
          this.#options.log.line(`state machine ${execution.machineName}: an execution broke off with ${nameOf(error)}`);
      })
      .finally(() => this.#running.delete(execution.arn));
    this.#running.set(execution.arn, { stop, ended });
  }

  async #driveStandard(execution: Execution, stop: AbortController): Promise<void> {
    const announced = this.#announce(execution.arn);
    const ending = await this.#outcome(execution, stop);
    if (ending) this.#end(execution.arn, ending);
    await announced;
    await this.#announce(execution.arn);
  }

  async #driveExpress(execution: Execution, stop: AbortController): Promise<void> {
    const { clock, log, meter } = this.#options;
    const begun = clock.now();
    const ending = await this.#outcome(execution, stop);
    if (!ending) return;
    const steps = Math.max(1, Math.ceil((clock.now() - begun) / EXPRESS_STEP_MS));
    meter.add('states.expressGbSeconds', ((steps * EXPRESS_STEP_MS) / 1000) * EXPRESS_GB);
    if (ending.status !== 'SUCCEEDED') log.line(`state machine ${execution.machineName}: ${ending.status} with ${ending.error}`);
    this.store.remove(execution.arn);
  }

  /** Runs the definition from where the execution stands; undefined when it was stopped from outside. */
  async #outcome(execution: Execution, stop: AbortController): Promise<Ending | undefined> {
    const { clock } = this.#options;
    // The caller that starts an execution goes on before its first state does.
    await Promise.resolve();
    try {
      const definition = this.#machines.definition(execution.definition);
      const longest = Math.min((definition.TimeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000, LONGEST_MS[execution.type]);
      const left = Math.max(0, (execution.redrivenAt ?? execution.startedAt) + longest - clock.now());
      const scope = { host: this.#host(execution), path: '0', signal: stop.signal, outerVariables: {} };
      const run = runGraph(definition, JSON.parse(execution.input), scope, { previous: 0 });
      const { output } = await until(run, clock, stop.signal, left, () => {
        throw new ExecutionTimedOut();
      });
      return { status: 'SUCCEEDED', output: JSON.stringify(output) };
    } catch (error) {
      if (stop.signal.aborted) return undefined;
      if (error instanceof ExecutionTimedOut) {
        stop.abort();
        return { status: 'TIMED_OUT', error: 'States.Timeout' };
      }
      const failure = error instanceof StatesError ? error : new StatesError('States.Runtime', String(error));
      return { status: 'FAILED', error: failure.error, cause: failure.cause };
    }
  }

  #host(execution: Execution): Host {
    const { call, invokeHttp, clock, log, meter } = this.#options;
    const { arn, name, type, machineArn, machineName, roleArn } = execution;
    const standard = type === 'STANDARD';
    const { tokens } = this;
    const endings = this.#endings;
    return {
      clock,
      random: Math.random,
      journal: standard ? this.history.journal(arn) : silentJournal,
      invoke: createTaskInvoker(call, roleArn, { executionArn: arn, stateMachineArn: machineArn }, invokeHttp),
      ...(standard && { waiting: waitingOf(execution, { call, tokens, endings, isClosed: () => this.#closed }) }),
      failed: (_path, { error, cause }) => {
        if (error === NOT_SUPPORTED) log.line(`state machine ${machineName}: ${cause}`);
      },
      transition: () => standard && meter.add('states.transitions', 1),
      context: {
        Execution: {
          Id: arn,
          Input: JSON.parse(execution.input),
          Name: name,
          RoleArn: roleArn,
          StartTime: new Date(execution.startedAt).toISOString(),
          RedriveCount: execution.redriveCount,
          ...(execution.redrivenAt !== undefined && { RedriveTime: new Date(execution.redrivenAt).toISOString() }),
        },
        StateMachine: { Id: machineArn, Name: machineName },
      },
    };
  }

  #end(arn: string, ending: Ending): void {
    const { clock, db } = this.#options;
    inTransaction(db, () => {
      if (!this.store.end(arn, ending, clock.now())) return;
      this.history.add(arn, endedEvent(ending));
      // What did not succeed may be redriven.
      if (ending.status === 'SUCCEEDED') this.history.clearFrames(arn);
      this.tokens.closeAll(arn);
    });
    this.#endings.tell(arn);
  }

  /** Puts the status changes that have not reached the bus yet on it, in order; what fails is tried again at the next start. */
  async #announce(arn: string): Promise<void> {
    try {
      const started = this.store.find(arn);
      if (started?.announced === 0) {
        await this.#options.emit(statusChange(asStarted(started)));
        if (this.#closed) return;
        this.store.setAnnounced(arn, 1);
      }
      const execution = this.store.find(arn);
      if (execution?.announced === 1 && execution.status !== 'RUNNING') {
        await this.#options.emit(statusChange(execution));
        if (!this.#closed) this.store.setAnnounced(arn, 2);
      }
    } catch (error) {
      if (!this.#closed)
        this.#options.log.line(
          `a status change of ${arn} did not reach the bus (${nameOf(error)}); it is tried again at the next start`,
        );
    }
  }
}

class ExecutionTimedOut extends Error {}

/** For the log: an error's message may quote data. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

function asStarted({ output: _output, error: _error, cause: _cause, stoppedAt: _stoppedAt, ...execution }: Execution): Execution {
  return { ...execution, status: 'RUNNING' };
}

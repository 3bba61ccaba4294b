import { withoutSignatures } from '../callbacks/urls.ts';
import type { Steps } from './read-steps.ts';
import type { Run } from './run.ts';
import { fitAnswer, fittedSteps, type Step } from './step.ts';
import { isWaiting } from './steps.ts';

const STATUS_WORDS = {
  QUEUED: 'notstarted',
  RUNNING: 'inProgress',
  SUCCEEDED: 'completed',
  FAILED: 'failure',
  ABORTED: 'cancelled',
  TIMED_OUT: 'timedout',
} as const;

/** A step's input is for those who manage. */
type StatusStep = Omit<Step, 'input' | 'omitted'>;

/** What `GET /webhook/status/{activityId}` answers (design.md, contracts; `error` and `stepsUnavailable`: docs/decisions/0006). */
export interface StatusView {
  readonly id: string;
  readonly creationDate: string;
  /** Milliseconds since the creation, until the end or now. */
  readonly duration: number;
  readonly status: (typeof STATUS_WORDS)[Run['status']] | 'waiting';
  readonly workflowId: string;
  /** Empty until the launcher has chosen one. */
  readonly workflowRevisionId: string;
  readonly trigger: Run['triggerKind'];
  readonly teamName: string;
  readonly steps: readonly StatusStep[];
  readonly stepsUnavailable?: 'throttled';
  readonly error?: { readonly name: string; readonly cause: string };
}

export function statusViewOf(run: Run, { steps, unavailable }: Steps, now: Date): StatusView {
  const end = run.endedAt === undefined ? now.getTime() : Date.parse(run.endedAt);
  return {
    id: run.activityId,
    creationDate: run.createdAt,
    duration: Math.max(0, end - Date.parse(run.createdAt)),
    status: run.status === 'RUNNING' && isWaiting(steps) ? 'waiting' : STATUS_WORDS[run.status],
    workflowId: run.workflowId,
    workflowRevisionId: run.revision ?? '',
    trigger: run.triggerKind,
    teamName: run.workspace,
    steps: statusSteps(steps),
    ...(unavailable && { stepsUnavailable: unavailable }),
    ...(run.status === 'FAILED' && { error: { name: run.error ?? '', cause: withoutSignatures(run.cause ?? '') } }),
  };
}

const statusSteps = (steps: readonly Step[]): StatusStep[] =>
  fittedSteps(
    steps.map(({ input: _, ...step }) => step),
    fitAnswer,
  ).map(({ omitted: _, ...step }) => step);

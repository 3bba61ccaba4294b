import { type Ending, isOpen, type Run } from '../runs/run.ts';
import type { Workflow } from '../workflows/workflow.ts';
import type { Places } from './limit.repository.ts';

/** What the limits need of the world; lines are named, and stand by the positions of runs. Whatever is read is as the table has it now. */
export interface LimitStore {
  readonly findWorkflow: (workspace: string, workflowId: string) => Promise<Workflow | undefined>;
  readonly findRuns: (activityIds: readonly string[]) => Promise<readonly Run[]>;
  readonly takePlace: (line: string, position: string, most: number, now: Date) => Promise<boolean>;
  readonly leavePlaces: (line: string, positions: readonly string[]) => Promise<void>;
  readonly findPlaces: (line: string) => Promise<Places>;
  readonly notePlacesVerified: (line: string, now: Date) => Promise<void>;
  readonly takeQuota: (line: string, beginning: number, seconds: number, most: number) => Promise<boolean>;
  readonly quotaTaken: (line: string, beginning: number) => Promise<number>;
  readonly standInLine: (line: string, position: string, launch: string, now: Date) => Promise<void>;
  readonly leaveLine: (line: string, position: string) => Promise<void>;
  readonly firstInLine: (line: string, options: { readonly limit: number; readonly before?: string }) => Promise<readonly string[]>;
  readonly findLaunch: (line: string, position: string) => Promise<string | undefined>;
  /** Forgets a line in which nobody stands; one that somebody has just joined stays. */
  readonly closeLine: (line: string) => Promise<void>;
  /** Undefined when the run has begun or ended meanwhile. */
  readonly noteLine: (run: Run, changes: LineNote) => Promise<Run | undefined>;
  readonly markAborted: (run: Run, ending: Ending, now: Date) => Promise<Run | undefined>;
  /** Stops a run's execution, if there is one. */
  readonly stopRun: (run: Run, ending: Ending) => Promise<void>;
}

/** What a run says of the lines that it is in; what is undefined is taken away. */
export type LineNote = { readonly [Field in 'line' | 'waitsIn' | 'waitsUntil' | 'admittedAt' | 'counted']?: Run[Field] };

/** So often it is looked whether those who have places still need them: a run whose end nobody told would keep its own for ever. */
const VERIFIED_MILLISECONDS = 60_000;
const TRIED_AGAIN_MILLISECONDS = 20 * 60_000;

export const positionOf = ({ createdAt, activityId }: Pick<Run, 'createdAt' | 'activityId'>): string =>
  `${createdAt}#${activityId}`;
export const activityIdAt = (position: string): string => position.slice(position.indexOf('#') + 1);

/** The beginning of the period that it is, in seconds since the epoch. */
export const beginningOf = (seconds: number, now: Date): number => Math.floor(now.getTime() / 1000 / seconds) * seconds;

/** Takes places and turns from runs that need none any more. True when that made room; the places are looked at once a minute at most. */
export async function verify(store: LimitStore, name: string, runs: number, now: Date): Promise<boolean> {
  const { holders, verifiedAt } = await store.findPlaces(name);
  const isDue = verifiedAt === undefined || now.getTime() - Date.parse(verifiedAt) > VERIFIED_MILLISECONDS;
  const first = await store.firstInLine(name, { limit: runs });
  const over = isDue ? await without(store, holders, (run) => isOpen(run.status) || isTriedAgain(run, now)) : [];
  const gone = await without(store, first, isQueued);
  if (isDue) await store.notePlacesVerified(name, now);
  await store.leavePlaces(name, over);
  for (const position of gone) await store.leaveLine(name, position);
  return over.length + gone.length > 0;
}

/** A run that could not be started is tried again after a quarter of an hour at most, and keeps its place so long. */
const isTriedAgain = ({ launchFailed, changedAt }: Run, now: Date): boolean =>
  launchFailed === true && now.getTime() - Date.parse(changedAt) < TRIED_AGAIN_MILLISECONDS;

export const isQueued = ({ status, launchFailed }: Run): boolean => status === 'QUEUED' || launchFailed === true;

/** The positions of those runs that are not what they have to be, or are gone. */
export async function without(store: LimitStore, positions: readonly string[], fits: (run: Run) => boolean): Promise<string[]> {
  const runs = await store.findRuns(positions.map(activityIdAt));
  const fitting = new Set(runs.filter(fits).map(positionOf));
  return positions.filter((position) => !fitting.has(position));
}

import { isDistributed, type MapState, type ParallelState, type StateGraph } from './definition.ts';
import type { Effect } from './effect.ts';
import { StatesError } from './errors.ts';
import type { HistoryEntry } from './journal.ts';
import { checkDataLimit } from './limits.ts';
import type { ComputedField } from './query-language.ts';
import type { GraphResult, Scope } from './scope.ts';
import type { StateRun } from './state-run.ts';

/** Iterations of an inline Map that run at once, whatever `MaxConcurrency` says (https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html). */
const MOST_CONCURRENT_ITERATIONS = 40;

/** And of a distributed one (https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html). */
const MOST_CONCURRENT_CHILDREN = 10_000;

/** A Parallel: its result is the branches' outputs in order; the first branch to fail ends the others and fails the state. */
export async function runParallel(state: ParallelState, run: StateRun): Promise<Effect> {
  if (!run.progress.prepared) {
    const value = await run.language.argumentsOf(state, run);
    checkDataLimit(value, `The input of the state '${run.name}'`);
    run.advance({ ...run.progress, prepared: { value } }, { type: 'ParallelStateStarted' });
  }
  const input = run.progress.prepared?.value;
  const branches = state.Branches.map((graph) => ({ graph, input }));
  return together('Parallel', state, run, branches, { most: branches.length });
}

/**
 * A Map: runs its processor for each item, at most so many at once as `MaxConcurrency` says. The iterations of a distributed one are
 * part of the same execution here, though they read no variables from outside, as in AWS.
 */
export async function runMap(state: MapState, run: StateRun): Promise<Effect> {
  if (!run.progress.prepared) {
    const items = await run.language.items(state, run);
    if (!Array.isArray(items)) throw run.mismatch("The field 'Items' must evaluate to an array.");
    run.advance(
      { ...run.progress, prepared: { value: items } },
      { type: 'MapStateStarted', mapStateStartedEventDetails: { length: items.length } },
    );
  }
  const concurrency = (await count(state, 'MaxConcurrency', run)) ?? 0;
  const items = run.progress.prepared?.value as readonly unknown[];
  const selected = items.map(async (Value, Index) => {
    const mapItem = { Index, Value };
    const input = await run.language.itemInput(state, run, mapItem);
    checkDataLimit(input, `The input of an iteration of the state '${run.name}'`);
    return { graph: state.ItemProcessor, input, mapItem };
  });
  const limit = isDistributed(state) ? MOST_CONCURRENT_CHILDREN : MOST_CONCURRENT_ITERATIONS;
  const most = Math.min(concurrency || limit, limit);
  const tolerated = await toleratedFailures(state, items.length, run);
  return together('Map', state, run, await Promise.all(selected), { most, ...(tolerated !== undefined && { tolerated }) });
}

/** How many iterations may fail; undefined when the state doesn't say: then the first failure is the state's (https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html). */
async function toleratedFailures(state: MapState, total: number, run: StateRun): Promise<number | undefined> {
  const failures = await count(state, 'ToleratedFailureCount', run);
  const percentage = await run.language.field(state, 'ToleratedFailurePercentage', run);
  if (percentage === undefined) return failures;
  if (typeof percentage !== 'number' || percentage < 0 || percentage > 100) {
    throw run.mismatch("The field 'ToleratedFailurePercentage' must evaluate to a number from 0 to 100.");
  }
  return Math.min(failures ?? total, Math.floor((total * percentage) / 100));
}

async function count(state: MapState, field: ComputedField, run: StateRun): Promise<number | undefined> {
  const value = await run.language.field(state, field, run);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw run.mismatch(`The field '${field}' must evaluate to an integer of at least 0.`);
  }
  return value;
}

interface Part {
  readonly graph: StateGraph;
  readonly input: unknown;
  readonly mapItem?: NonNullable<Scope['mapItem']>;
}

/**
 * Runs the parts, `most` at a time. Their scopes are named by the round, so that a retry begins them anew; a redrive
 * goes on with those that did not end. The output of one whose
 * failure is tolerated is its error output.
 */
async function together(
  type: 'Parallel' | 'Map',
  state: ParallelState | MapState,
  run: StateRun,
  parts: readonly Part[],
  { most, tolerated }: { readonly most: number; readonly tolerated?: number },
): Promise<Effect> {
  const siblings = new AbortController();
  const signal = AbortSignal.any([run.scope.signal, siblings.signal]);
  const results: GraphResult[] = [];
  let failure: unknown;
  let failures = 0;
  const waiting = parts.entries();
  const started = run.eventId;

  const work = async () => {
    for (const [index, { graph, input, mapItem }] of waiting) {
      const item = mapItem ?? run.scope.mapItem;
      const scope: Scope = {
        host: run.scope.host,
        path: `${run.scope.path}/${run.progress.round ?? 0}.${index}`,
        signal,
        outerVariables: state.Type === 'Map' && isDistributed(state) ? {} : run.variables,
        ...(item && { mapItem: item }),
      };
      const iteration = (event: string): HistoryEntry[] =>
        type === 'Map' ? [{ type: `MapIteration${event}`, [`mapIteration${event}EventDetails`]: { name: run.name, index } }] : [];
      try {
        const part = await run.runGraph(graph, input, scope, {
          previous: started,
          opening: iteration('Started'),
          closing: iteration('Succeeded'),
        });
        results[index] = part;
        if (part.failed) failures += 1;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        if (tolerated !== undefined && failures <= tolerated && error instanceof StatesError) {
          results[index] = giveUp(error, scope, iteration('Failed'), run.eventId);
          continue;
        }
        failure = tolerated === undefined ? error : exceeded(tolerated);
        siblings.abort();
        run.record(...iteration('Failed'));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, parts.length) }, work));
  run.scope.signal.throwIfAborted();
  if (failure !== undefined) {
    run.record({ type: `${type}StateFailed` });
    throw failure;
  }
  const result = results.map(({ output }) => output);
  run.recordAfter(Math.max(started, ...results.map(({ eventId }) => eventId)), { type: `${type}StateSucceeded` });
  return { fallback: result, result, shaping: state, ...(state.Next !== undefined && { next: state.Next }) };
}

const exceeded = (tolerated: number): StatesError =>
  new StatesError('States.ExceedToleratedFailureThreshold', `More than ${tolerated} iterations failed.`);

/** Ends an iteration with its error output, for good. */
function giveUp(
  { error, cause }: StatesError,
  { host, path }: Scope,
  events: readonly HistoryEntry[],
  previous: number,
): GraphResult {
  const output = { Error: error, Cause: cause };
  const progress = { retried: [] };
  const ended = {
    state: '',
    input: null,
    variables: {},
    enteredAt: 0,
    enteredEventId: 0,
    progress,
    done: { output, failed: true },
  };
  host.journal.clearWithin(path);
  return { output, eventId: host.journal.save(path, ended, events, previous, true).eventId };
}

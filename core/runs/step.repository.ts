import { gunzipSync, gzipSync } from 'node:zlib';
import * as v from 'valibot';
import { getItem, putItem, type Table } from '../aws/table.ts';
import { itemKey } from '../keys.ts';
import type { Steps } from './read-steps.ts';
import { expiryOf } from './run.repository.ts';
import type { Run } from './run.ts';
import { fitAnswer, fittedSteps, type Step, stepSchema } from './step.ts';

/** An item takes 400 KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const LARGEST_ITEM = 350 * 1024;

const keptSchema = v.object({ sequence: v.optional(v.number()), history: v.instance(Uint8Array) });

const historySchema = v.object({ input: v.optional(v.unknown()), steps: v.array(stepSchema) });

/** The steps and the input kept of a run that ended; undefined when none are, or when they are of an end before the run's latest one. */
export async function findSteps(table: Table, run: Run): Promise<Steps | undefined> {
  const kept = v.safeParse(keptSchema, await getItem(table, itemKey.steps(run.activityId)));
  if (!kept.success || kept.output.sequence !== run.sequence) return undefined;
  return v.parse(v.pipe(v.string(), v.parseJson(), historySchema), gunzipSync(kept.output.history).toString());
}

/** Keeps the steps and the input of a run that ended, as long as the run; without the largest inputs and outputs of steps where those are too much for an item. */
export async function saveSteps(table: Table, run: Run, { steps, input }: Steps): Promise<void> {
  // What no answer has room for is not compressed to see whether it fits.
  const fitItem = (fitted: readonly Step[]) => fitAnswer(fitted) && zip({ input, steps: fitted }).length <= LARGEST_ITEM;
  const history = zip({ input, steps: fittedSteps(steps, fitItem) });
  if (history.length > LARGEST_ITEM) return;
  await putItem(table, { ...itemKey.steps(run.activityId), sequence: run.sequence, history, ttl: expiryOf(run) });
}

const zip = (history: Steps) => gzipSync(JSON.stringify(history));

import { gunzipSync, gzipSync } from 'node:zlib';
import * as v from 'valibot';
import { getItem, putItem, type Table } from '../aws/table.ts';
import { itemKey } from '../keys.ts';
import { expiryOf } from './run.repository.ts';
import type { Run } from './run.ts';
import { type Step, stepSchema, withoutOutputs } from './step.ts';

/** An item takes 400 KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const LARGEST_ITEM = 350 * 1024;

const keptSchema = v.object({ sequence: v.optional(v.number()), steps: v.instance(Uint8Array) });

/** The steps kept of a run that ended; undefined when none are, or when they are of an end before the run's latest one. */
export async function findSteps(table: Table, run: Run): Promise<Step[] | undefined> {
  const item = await getItem(table, itemKey.steps(run.activityId));
  if (!item) return undefined;
  const kept = v.parse(keptSchema, item);
  if (kept.sequence !== run.sequence) return undefined;
  return v.parse(v.pipe(v.string(), v.parseJson(), v.array(stepSchema)), gunzipSync(kept.steps).toString());
}

/** Keeps the steps of a run that ended, as long as the run; without their outputs where those are too much for an item. */
export async function saveSteps(table: Table, run: Run, steps: readonly Step[]): Promise<void> {
  const whole = zip(steps);
  const kept = whole.length <= LARGEST_ITEM ? whole : zip(withoutOutputs(steps));
  if (kept.length > LARGEST_ITEM) return;
  await putItem(table, { ...itemKey.steps(run.activityId), sequence: run.sequence, steps: kept, ttl: expiryOf(run) });
}

const zip = (steps: readonly Step[]) => gzipSync(JSON.stringify(steps));

import { setTimeout as delay } from 'node:timers/promises';
import { isOpen, type Run } from './run.ts';

/** The HTTP API waits 30 s for a function, and the answer has to be made (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html). */
const LONGEST_MILLISECONDS = 25_000;
/** The first look is soon, for those that end at once; each costs a read. */
const FIRST_MILLISECONDS = 50;
const BETWEEN_MILLISECONDS = 500;

/** The run once it has ended, if it does within 25 seconds of `since`; undefined when it goes on. */
export async function awaitEnd(
  findRun: (activityId: string) => Promise<Run | undefined>,
  activityId: string,
  since: Date,
  { now = Date.now, sleep = delay }: { now?: () => number; sleep?: (milliseconds: number) => Promise<unknown> } = {},
): Promise<Run | undefined> {
  for (
    let wait = FIRST_MILLISECONDS;
    now() + wait - since.getTime() <= LONGEST_MILLISECONDS;
    wait = Math.min(BETWEEN_MILLISECONDS, wait * 2)
  ) {
    await sleep(wait);
    const run = await findRun(activityId);
    if (run && !isOpen(run.status)) return run;
  }
  return undefined;
}

import type { ChoiceState, FailState, WaitState } from './definition.ts';
import type { Effect } from './effect.ts';
import { StatesError } from './errors.ts';
import type { StateRun } from './state-run.ts';

/** A Choice: the first rule whose condition is true decides; the state's own `Assign` and `Output` belong to `Default` (https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html). */
export async function runChoice(state: ChoiceState, run: StateRun): Promise<Effect> {
  for (const [index, rule] of state.Choices.entries()) {
    const chosen = await run.language.matches(rule, `Choices[${index}]`, run);
    if (typeof chosen !== 'boolean') throw run.mismatch(`The field 'Choices[${index}]/Condition' must evaluate to a boolean.`);
    if (chosen) return { fallback: run.input, shaping: rule, next: rule.Next };
  }
  if (state.Default === undefined) throw run.failure('States.NoChoiceMatched', 'No choice rule matched, and there is no Default.');
  return { fallback: run.input, shaping: state, next: state.Default };
}

/** A Wait keeps the time at which it ends, so that a restart doesn't begin it anew. */
export async function runWait(state: WaitState, run: StateRun): Promise<Effect> {
  const { clock } = run.scope.host;
  if (run.progress.wakeAt === undefined) run.advance({ ...run.progress, wakeAt: await wakeTime(state, run) });
  const left = (run.progress.wakeAt ?? 0) - clock.now();
  if (left > 0) await clock.sleep(left, run.scope.signal);
  return { fallback: run.input, shaping: state, ...(state.Next !== undefined && { next: state.Next }) };
}

const LONGEST_WAIT_SECONDS = 99_999_999;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

async function wakeTime(state: WaitState, run: StateRun): Promise<number> {
  const seconds = await run.language.field(state, 'Seconds', run);
  if (seconds === undefined) {
    const timestamp = await run.language.field(state, 'Timestamp', run);
    const time = typeof timestamp === 'string' && TIMESTAMP.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
    if (Number.isNaN(time)) throw run.mismatch("The field 'Timestamp' must evaluate to an ISO 8601 time.");
    return time;
  }
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds > LONGEST_WAIT_SECONDS) {
    throw run.mismatch(`The field 'Seconds' must evaluate to an integer from 0 to ${LONGEST_WAIT_SECONDS}.`);
  }
  return run.scope.host.clock.now() + seconds * 1000;
}

export async function runFail(state: FailState, run: StateRun): Promise<never> {
  const { language } = run;
  const [error = '', cause = ''] = [await language.field(state, 'Error', run), await language.field(state, 'Cause', run)];
  if (typeof error !== 'string' || typeof cause !== 'string') {
    throw run.mismatch("The fields 'Error' and 'Cause' must evaluate to strings.");
  }
  throw new StatesError(error, cause);
}

import type { Assignments } from './definition.ts';
import { StatesError } from './errors.ts';
import { checkDataLimit, checkVariablesLimit } from './limits.ts';
import type { StateRun } from './state-run.ts';

/** What a state has come to, before its output is shaped and its variables are assigned. */
export interface Effect {
  /** The output when there is no `Output`. */
  readonly fallback: unknown;
  readonly result?: unknown;
  readonly errorOutput?: { readonly Error: string; readonly Cause: string };
  readonly shaping: { readonly Assign?: Assignments; readonly Output?: unknown; readonly ResultPath?: string | null };
  /** The state that follows; absent at the graph's end. */
  readonly next?: string;
}

export interface Settled {
  readonly output: unknown;
  readonly assigned: unknown;
}

export interface Transition {
  readonly output: unknown;
  readonly assigned: Readonly<Record<string, unknown>>;
  readonly next?: string;
}

/**
 * Evaluates the assignments and the output, neither of which sees what the other does, and checks their sizes
 * (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html).
 */
export async function settle(run: StateRun, effect: Effect): Promise<Transition> {
  const { assigned, output } = await run.language.settle(effect, run.state, run);
  const { next } = effect;
  if (!isRecord(assigned)) throw new StatesError(run.language.mismatch, 'Assign must evaluate to an object.');
  checkDataLimit(assigned, `The assignment of the state '${run.name}'`);
  if (Object.keys(assigned).length > 0) checkVariablesLimit({ ...run.variables, ...assigned });
  checkDataLimit(output, `The output of the state '${run.name}'`);
  return { output, assigned, ...(next !== undefined && { next }) };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Json = Readonly<Record<string, unknown>>;

/** A way out of a state: what holds its `Assign` and `Output`, and what it hands on without an `Output`. */
interface Exit {
  readonly holder: Json;
  readonly fallback: string;
}

const WITH_RESULT = ['Task', 'Parallel', 'Map'];

/**
 * The ways from a state to the next: for a Choice, those of its rules and, if it has one, of its default; for all, those of its catchers
 * (https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html).
 */
export function exitsOf(state: Json): readonly Exit[] {
  const fallback = WITH_RESULT.includes(String(state.Type)) ? '{% $states.result %}' : '{% $states.input %}';
  const own = state.Type !== 'Choice' || 'Default' in state ? [{ holder: state, fallback }] : [];
  const rules = state.Type === 'Choice' ? listOf(state.Choices).map((holder) => ({ holder, fallback })) : [];
  return [...own, ...rules, ...listOf(state.Catch).map((holder) => ({ holder, fallback: '{% $states.errorOutput %}' }))];
}

/** The state with one more variable assigned on each way out of it; `make` gives its value, which is evaluated there. */
export function withVariable(state: Json, variable: string, make: (exit: Exit) => unknown): Json {
  const values = new Map(exitsOf(state).map((exit) => [exit.holder, make(exit)]));
  const assigned = (holder: unknown): unknown =>
    isObject(holder) && values.has(holder)
      ? { ...holder, Assign: { ...(isObject(holder.Assign) ? holder.Assign : {}), [variable]: values.get(holder) } }
      : holder;
  return {
    ...(assigned(state) as Json),
    ...(Array.isArray(state.Choices) && { Choices: state.Choices.map(assigned) }),
    ...(Array.isArray(state.Catch) && { Catch: state.Catch.map(assigned) }),
  };
}

/** What a state hands on by this way: its input for the next one. */
export const outputOf = ({ holder, fallback }: Exit): unknown => ('Output' in holder ? holder.Output : fallback);

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

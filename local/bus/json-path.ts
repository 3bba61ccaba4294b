type Step = string | number | typeof ANY;
const ANY = Symbol('*');

const STEP = /\.([A-Za-z0-9_/-]+)|\.\*|\[(\d+)\]|\[\*\]/y;

/**
 * Compiles the part of JSONPath that EventBridge takes: dot notation, dashes, underscores, alphanumeric characters, array indices, wildcards
 * and forward slashes (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html). The result reads a value;
 * `undefined` is a path that isn't there, a path with a wildcard gives a list. Throws an `Error` for any other syntax.
 */
export function compilePath(path: string): (value: unknown) => unknown {
  const steps = stepsOf(path);
  if (!steps.includes(ANY)) return (value) => steps.reduce(read, value);
  return (value) => steps.reduce<readonly unknown[]>((found, step) => found.flatMap((each) => expand(each, step)), [value]);
}

function stepsOf(path: string): Step[] {
  const steps: Step[] = [];
  if (!path.startsWith('$')) throw new Error(`${path} is not a JSON path: it must start with $.`);
  STEP.lastIndex = 1;
  let position = 1;
  while (position < path.length) {
    const match = STEP.exec(path);
    if (match === null) throw new Error(`${path} is not a JSON path that EventBridge takes: use dot notation and array indices.`);
    steps.push(match[1] ?? (match[2] === undefined ? ANY : Number(match[2])));
    position = STEP.lastIndex;
  }
  return steps;
}

function read(value: unknown, step: Step): unknown {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  if (typeof value !== 'object' || value === null || typeof step !== 'string') return undefined;
  return Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
}

function expand(value: unknown, step: Step): readonly unknown[] {
  if (step === ANY) return typeof value === 'object' && value !== null ? Object.values(value) : [];
  const next = read(value, step);
  return next === undefined ? [] : [next];
}

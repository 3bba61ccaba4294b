import { nearest } from '../file/near.ts';
import type { Step, TextMistake } from './expression.ts';

/** What is within a value: its fields, `ANYTHING` where the sender decides, `PLAIN` where there is nothing within. */
type Shape = { readonly [field: string]: Shape } | typeof ANYTHING | typeof PLAIN | typeof HEADERS;

const ANYTHING = 'anything';
const PLAIN = 'plain';
const HEADERS = 'headers';

/** What a workflow receives: the state that the launcher gives a run. Which fields `input` has, the trigger's kind says. */
export const RECEIVED = {
  workflow: {
    id: PLAIN,
    revision: PLAIN,
    workspace: PLAIN,
    input: { body: ANYTHING, query: ANYTHING, headers: HEADERS, method: PLAIN, eventData: ANYTHING, params: ANYTHING },
  },
  activityId: PLAIN,
  trigger: { id: PLAIN, kind: PLAIN },
  event: { id: PLAIN, source: PLAIN, type: PLAIN, time: PLAIN, dataref: PLAIN, datatruncated: PLAIN },
} as const satisfies Readonly<Record<string, Shape>>;

/** Why a path can lead to nothing that a workflow ever receives; undefined when it can. */
export function receivedMistake(steps: readonly Step[]): TextMistake | undefined {
  let shape: Shape = RECEIVED;
  let walked = '';
  let at = 0;
  for (const step of steps) {
    if (shape === ANYTHING) return undefined;
    if (shape === HEADERS) {
      const lower = step.kind === 'key' ? step.key.toLowerCase() : '';
      if (step.kind !== 'key' || lower === step.key) return undefined;
      return { at: step.at, message: `Header names are lower-case here: write ${JSON.stringify(lower)}.` };
    }
    if (shape === PLAIN) return { at: step.kind === 'key' ? step.at : at, message: `There is nothing within ${walked}.` };
    if (step.kind !== 'key') return { at, message: `${walked} is not a list.` };
    if (!Object.hasOwn(shape, step.key)) {
      const fields = Object.keys(shape);
      const near = nearest(step.key, fields);
      const help = near === undefined ? `it has ${fields.join(', ')}` : `did you mean ${near}?`;
      return { at: step.at, message: `${walked} has no ${JSON.stringify(step.key)}; ${help}${near === undefined ? '.' : ''}` };
    }
    walked = walked === '' ? step.key : `${walked}.${step.key}`;
    at = step.at;
    const within: Shape | undefined = (shape as { readonly [field: string]: Shape })[step.key];
    if (within === undefined) return undefined;
    shape = within;
  }
  return undefined;
}

/** The names at the beginning of a path that lead to objects which every run receives: `workflow`, `workflow` and `input`. */
export function fixedNames(steps: readonly Step[]): readonly string[] {
  const names: string[] = [];
  let shape: Shape | undefined = RECEIVED;
  for (const step of steps) {
    if (step.kind !== 'key' || typeof shape !== 'object' || !Object.hasOwn(shape, step.key)) break;
    shape = shape[step.key];
    if (typeof shape === 'object') names.push(step.key);
  }
  return names;
}

import type { JsonPath, Mistake, SourceText } from './source-text.ts';

type Json = Readonly<Record<string, unknown>>;

const STATE_TYPES = ['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map'];

/** These have neither Next nor End. */
const LAST_TYPES = ['Choice', 'Succeed', 'Fail'];

/** Fields of JSONPath states (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html). */
const JSONPATH_FIELDS = [
  'InputPath',
  'OutputPath',
  'ResultPath',
  'ResultSelector',
  'Parameters',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
];

/** What is wrong with the states of a machine, a branch or an item processor at `path`: transitions, types, and what it may call. */
export function machineMistakes(source: SourceText, machine: Json, path: JsonPath): Mistake[] {
  const states = machine.States;
  if (!isObject(states) || Object.keys(states).length === 0) {
    return [source.mistakeAt([...path, 'States'], 'States must be a mapping with at least one state.')];
  }
  const mistakes: Mistake[] = [];
  let ends = false;
  const reached = new Set<string>();
  const follow = (target: unknown, at: JsonPath, from: string) => {
    if (typeof target !== 'string' || !Object.hasOwn(states, target)) {
      mistakes.push(source.mistakeAt(at, `${from} leads to ${JSON.stringify(target ?? null)}, which is not a state here.`));
    } else {
      reached.add(target);
    }
  };

  follow(machine.StartAt, [...path, 'StartAt'], 'StartAt');
  for (const [name, state] of Object.entries(states)) {
    const here = [...path, 'States', name];
    if (!isObject(state)) {
      mistakes.push(source.mistakeAt(here, `The state "${name}" must be a mapping.`));
      continue;
    }
    ends ||= state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
    for (const [target, at] of transitionsOf(state)) follow(target, [...here, ...at], `The state "${name}"`);
    mistakes.push(...stateMistakes(source, name, state, here));
    for (const [nested, at] of nestedMachinesOf(state)) mistakes.push(...machineMistakes(source, nested, [...here, ...at]));
  }
  // After any of these the rest would be a mere consequence.
  if (mistakes.length > 0) return mistakes;
  if (!ends)
    mistakes.push(
      source.mistakeAt([...path, 'States'], 'No state here ends it; one needs End: true, or the Type Succeed or Fail.', 'key'),
    );
  for (const name of Object.keys(states)) {
    if (!reached.has(name))
      mistakes.push(source.mistakeAt([...path, 'States', name], `No state leads to the state "${name}".`, 'key'));
  }
  return mistakes;
}

function stateMistakes(source: SourceText, name: string, state: Json, path: JsonPath): Mistake[] {
  const mistakes: Mistake[] = [];
  if (typeof state.Type !== 'string' || !STATE_TYPES.includes(state.Type)) {
    mistakes.push(source.mistakeAt([...path, 'Type'], `The state "${name}" needs a Type: ${STATE_TYPES.join(', ')}.`));
  }
  if (state.QueryLanguage !== undefined && state.QueryLanguage !== 'JSONata') {
    mistakes.push(source.mistakeAt([...path, 'QueryLanguage'], `The state "${name}" must use JSONata; JSONPath is not supported.`));
  }
  for (const field of JSONPATH_FIELDS.filter((key) => key in state)) {
    mistakes.push(source.mistakeAt([...path, field], `The state "${name}" has ${field}, which is JSONPath; use JSONata.`, 'key'));
  }
  if (!LAST_TYPES.includes(String(state.Type)) && (state.End === true) === 'Next' in state) {
    mistakes.push(source.mistakeAt(path, `The state "${name}" needs either Next or End: true.`, 'key'));
  }
  return mistakes;
}

function transitionsOf(state: Json): [target: unknown, at: JsonPath][] {
  const transitions: [unknown, JsonPath][] = [];
  for (const field of ['Next', 'Default']) {
    if (field in state) transitions.push([state[field], [field]]);
  }
  for (const field of ['Choices', 'Catch']) {
    for (const [index, rule] of listOf(state[field]).entries()) {
      if (isObject(rule)) transitions.push([rule.Next, [field, index, 'Next']]);
    }
  }
  return transitions;
}

function nestedMachinesOf(state: Json): [machine: Json, at: JsonPath][] {
  const branches = listOf(state.Branches).map((branch, index): [unknown, JsonPath] => [branch, ['Branches', index]]);
  const all: [unknown, JsonPath][] = [...branches, [state.ItemProcessor, ['ItemProcessor']]];
  return all.filter((entry): entry is [Json, JsonPath] => isObject(entry[0]));
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

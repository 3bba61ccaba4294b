import { nearest } from './file/near.ts';
import type { JsonPath, Mistake, SourceText } from './source-text.ts';
import { computedFields, fieldProblem } from './state-fields.ts';
import { valueMistakes } from './state-values.ts';

type Json = Readonly<Record<string, unknown>>;
export type QueryLanguage = 'JSONata' | 'JSONPath';

const STATE_TYPES = ['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map'];

/** These have neither Next nor End. */
const LAST_TYPES = ['Choice', 'Succeed', 'Fail'];

/**
 * What is wrong with the states of a machine, a branch or an item processor at `path`: transitions, types and fields. `language` is
 * that of the whole definition.
 */
export function machineMistakes(source: SourceText, machine: Json, path: JsonPath, language: QueryLanguage): Mistake[] {
  const states = machine.States;
  if (!isObject(states) || Object.keys(states).length === 0) {
    return [source.mistakeAt([...path, 'States'], 'States must be a mapping with at least one state.')];
  }
  const mistakes: Mistake[] = [];
  let ends = false;
  // Whether it is known where each state leads: else what no state leads to may be a mere consequence.
  let isKnown = true;
  const reached = new Set<string>();
  const follow = (target: unknown, at: JsonPath, from: string) => {
    isKnown &&= typeof target === 'string' && Object.hasOwn(states, target);
    if (target === undefined) {
      mistakes.push(source.mistakeAt(at, `${from} needs ${at.at(-1)} here, with the name of a state.`));
    } else if (typeof target !== 'string' || !Object.hasOwn(states, target)) {
      // Any two names of one letter or two are near each other.
      const near = typeof target === 'string' && target.length > 2 ? nearest(target, Object.keys(states)) : undefined;
      const hint = near === undefined ? '.' : `; did you mean ${JSON.stringify(near)}?`;
      mistakes.push(source.mistakeAt(at, `${from} leads to ${JSON.stringify(target)}, which is not a state here${hint}`));
    } else {
      reached.add(target);
    }
  };

  follow(machine.StartAt, [...path, 'StartAt'], 'StartAt' in machine ? 'StartAt' : 'The machine');
  for (const [name, state] of Object.entries(states)) {
    const here = [...path, 'States', name];
    if (!isObject(state)) {
      isKnown = false;
      mistakes.push(source.mistakeAt(here, `The state "${name}" must be a mapping.`));
      continue;
    }
    isKnown &&= leadsSomewhere(state);
    ends ||= state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
    for (const [target, at] of transitionsOf(state)) follow(target, [...here, ...at], `The state "${name}"`);
    mistakes.push(...stateMistakes(source, name, state, here, language));
    for (const [nested, at] of nestedMachinesOf(state))
      mistakes.push(...machineMistakes(source, nested, [...here, ...at], language));
  }
  if (!isKnown) return mistakes;
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

function stateMistakes(source: SourceText, name: string, state: Json, path: JsonPath, inherited: QueryLanguage): Mistake[] {
  const mistakes: Mistake[] = [];
  const refuse = (at: JsonPath, problem: string, place?: 'key') =>
    mistakes.push(source.mistakeAt([...path, ...at], `The state "${name}" ${problem}`, place));
  const { Type: type, QueryLanguage: own = inherited } = state;
  if (typeof type !== 'string' || !STATE_TYPES.includes(type)) refuse(['Type'], `needs a Type: ${STATE_TYPES.join(', ')}.`);
  if (!isLanguage(own)) refuse(['QueryLanguage'], 'must use JSONata or JSONPath.');
  // https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
  else if (inherited === 'JSONata' && own === 'JSONPath') {
    refuse(['QueryLanguage'], 'must use JSONata, as the definition does; only a JSONPath definition can have states of both.');
  } else if (typeof type === 'string' && STATE_TYPES.includes(type)) {
    for (const field of Object.keys(state)) {
      const problem = fieldProblem(field, type, own);
      if (problem !== undefined) refuse([field], problem, 'key');
    }
    for (const field of computedFields(type)) {
      if (field in state && `${field}Path` in state)
        refuse([`${field}Path`], `must not have both ${field} and ${field}Path.`, 'key');
    }
    valueMistakes(type, state, own === 'JSONata', refuse);
  }
  if (!LAST_TYPES.includes(String(type)) && (state.End === true) === 'Next' in state) {
    refuse([], 'needs either Next or End: true.', 'key');
  }
  if (type === 'Task') waitingMistakes(state, refuse);
  if (type === 'Map') mapMistakes(state, refuse);
  return mistakes;
}

/** Fields of a distributed Map alone (https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html). */
const DISTRIBUTED_FIELDS = /^(ItemReader|ItemBatcher|ResultWriter|Label|ToleratedFailure(Count|Percentage)(Path)?)$/;

function mapMistakes(state: Json, refuse: (at: JsonPath, problem: string, place?: 'key') => void): void {
  const { ItemProcessor: processor } = state;
  const config = isObject(processor) ? processor.ProcessorConfig : undefined;
  if (isObject(config) && config.Mode === 'DISTRIBUTED') return;
  for (const field of Object.keys(state).filter((key) => DISTRIBUTED_FIELDS.test(key))) {
    refuse([field], `has ${field}, which needs a ProcessorConfig with the Mode DISTRIBUTED in its ItemProcessor.`, 'key');
  }
}

/** Heartbeats must be due before the time is up, and a token that is waited for must be handed to someone. */
function waitingMistakes(state: Json, refuse: (at: JsonPath, problem: string, place?: 'key') => void): void {
  const { Resource, HeartbeatSeconds: heartbeat, TimeoutSeconds: timeout } = state;
  // https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
  if (typeof heartbeat === 'number' && typeof timeout === 'number' && heartbeat >= timeout) {
    refuse(['HeartbeatSeconds'], `must have HeartbeatSeconds below its TimeoutSeconds, ${timeout}.`);
  }
  // https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
  if (typeof Resource !== 'string' || !Resource.endsWith('.waitForTaskToken')) return;
  const field = 'Parameters' in state ? 'Parameters' : 'Arguments';
  if (/\$states\.context|\$\$/.test(JSON.stringify(state[field] ?? ''))) return;
  const token = field === 'Parameters' ? '$$.Task.Token' : '{% $states.context.Task.Token %}';
  refuse([field], `waits for a token that it hands to nobody; put ${token} into its ${field}.`);
}

/** Whether its fields are those by which a state of its type leads to others, or ends the machine. */
const leadsSomewhere = ({ Type, Choices, Next, End }: Json): boolean => {
  if (Type === 'Choice') return Array.isArray(Choices);
  return STATE_TYPES.includes(String(Type)) && (LAST_TYPES.includes(String(Type)) || (End === true) !== (Next !== undefined));
};

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
  const all: [unknown, JsonPath][] = [...branches, [state.ItemProcessor, ['ItemProcessor']], [state.Iterator, ['Iterator']]];
  return all.filter((entry): entry is [Json, JsonPath] => isObject(entry[0]));
}

export const isLanguage = (value: unknown): value is QueryLanguage => value === 'JSONata' || value === 'JSONPath';

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

import type { JsonPath } from '../source-text.ts';
import type { GraphState, StateGraph } from './state-graph.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * What a string's value becomes: any JSON in a payload; `single` where a text makes no sense, a number or a list being wanted;
 * `condition` and `text` where nothing but a boolean or a text is taken; `none` where Step Functions takes no JSONata.
 */
type PlaceKind = 'payload' | 'single' | 'condition' | 'text' | 'none';

/** A string of a definition, or the key of a mapping, and what stands there. */
export interface Place {
  readonly text: string;
  readonly path: JsonPath;
  readonly kind: PlaceKind;
  readonly isKey: boolean;
  /** The state it belongs to; none at the top of the definition and of a branch. */
  readonly state?: GraphState;
}

/** Fields that take JSONata (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html), by what they take; all others take none. */
const FIELDS: Readonly<Record<string, PlaceKind>> = {
  Arguments: 'payload',
  Assign: 'payload',
  Credentials: 'payload',
  ItemBatcher: 'payload',
  ItemSelector: 'payload',
  Output: 'payload',
  Timestamp: 'payload',
  HeartbeatSeconds: 'single',
  Items: 'single',
  MaxConcurrency: 'single',
  Seconds: 'single',
  TimeoutSeconds: 'single',
  ToleratedFailureCount: 'single',
  ToleratedFailurePercentage: 'single',
  Condition: 'condition',
  Cause: 'text',
  Error: 'text',
};

/** Fields that hold such fields. */
const HOLDERS = ['Catch', 'Choices', 'ItemReader', 'ResultWriter'];
const READER_FIELDS: Readonly<Record<string, PlaceKind>> = { ...FIELDS, ReaderConfig: 'payload' };

/** Every string and every key within a definition and its graphs, where it stands and what may stand there. */
export function* placesOf(definition: Json, graphs: readonly StateGraph[]): Generator<Place> {
  for (const graph of graphs) {
    const top = graph.path.reduce<unknown>((value, step) => (value as Json)[step], definition);
    for (const [name, value] of Object.entries(top as Json)) {
      if (name !== 'States') yield* placesWithin(value, 'none', [...graph.path, name], undefined);
    }
    for (const state of graph.states.values()) yield* placesOfState(state);
  }
}

function* placesOfState(state: GraphState): Generator<Place> {
  for (const [name, value] of Object.entries(state.fields)) {
    const path = [...state.path, name];
    // A branch that is no mapping is nothing that could be read.
    if (name === 'Branches' || name === 'ItemProcessor' || name === 'Iterator') continue;
    if (!HOLDERS.includes(name)) {
      yield* placesWithin(value, kindOf(FIELDS, name, value), path, state);
      continue;
    }
    for (const [index, rule] of (Array.isArray(value) ? value : [value]).entries()) {
      const here = Array.isArray(value) ? [...path, index] : path;
      if (!isObject(rule)) yield* placesWithin(rule, 'none', here, state);
      else
        for (const [field, held] of Object.entries(rule))
          yield* placesWithin(held, kindOf(READER_FIELDS, field, held), [...here, field], state);
    }
  }
}

/** Own keys alone: a field may have any name. A list is one of payloads, whatever its field wants. */
function kindOf(fields: Readonly<Record<string, PlaceKind>>, name: string, value: unknown): PlaceKind {
  const kind = Object.hasOwn(fields, name) ? (fields[name] ?? 'none') : 'none';
  return kind === 'single' && typeof value !== 'string' ? 'payload' : kind;
}

function* placesWithin(value: unknown, kind: PlaceKind, path: JsonPath, state: GraphState | undefined): Generator<Place> {
  const where = { kind, ...(state && { state }) };
  if (typeof value === 'string') {
    yield { text: value, path, isKey: false, ...where };
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* placesWithin(item, kind, [...path, index], state);
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      yield { text: key, path: [...path, key], isKey: true, ...where };
      yield* placesWithin(member, kind, [...path, key], state);
    }
  }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

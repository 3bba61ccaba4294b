import { EVENT_TYPES } from '../core/events/envelope.ts';
import { inputFaults } from '../core/triggers/input-faults.ts';
import type { InputSchemas } from '../core/workflows/input.ts';

type Json = Readonly<Record<string, unknown>>;

/** What of a workflow says how its runs begin. */
interface Started {
  readonly workflowId: string;
  readonly triggers: readonly Trigger[];
  readonly input?: InputSchemas;
}

interface Trigger {
  readonly kind: string;
  readonly triggerId: string;
  /** Of an event trigger. */
  readonly types?: readonly string[];
  /** Of a schedule. */
  readonly params?: Json | undefined;
}

/** By the trigger's kind: what `workflow.input` holds. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  webhook: ['body', 'query', 'headers', 'method'],
  event: ['eventData'],
  params: ['params'],
};

/** 26 characters of base32, as every event's id. */
const EVENT_ID = 'testtesttesttesttesttestte';

/**
 * A run's input as a workflow receives it, of what a person wrote down. Its shape decides: an object with `workflow.input` is a whole
 * input and taken as it is; an object of nothing but `body`, `query`, `headers`, `method`, or `eventData`, or `params` is what a
 * trigger of that kind gives; anything else is the payload that the workflow's first trigger takes: a webhook's body, an event's data,
 * or the params of a schedule or of a start by hand. `undefined` is an empty payload, or a schedule's own params. Throws an `Error` with a
 * sentence for a mixture of kinds, and for a request that the workflow's `input` would refuse.
 */
export function runInputOf({ workflowId, triggers, input: schemas }: Started, given: unknown, time: Date): unknown {
  if (isObject(given) && isObject(given.workflow) && isObject(given.workflow.input)) return given;
  const [first] = triggers;
  const payload = given === undefined ? (first?.params ?? {}) : given;
  const written = isTriggerInput(payload) ? payload : { [payloadField(first?.kind)]: payload };
  const kind = kindOf(written);
  const trigger: Trigger =
    triggers.find((one) => (kind === 'params' ? one.kind === 'schedule' : one.kind === kind)) ??
    (kind === 'params' ? { kind: 'manual', triggerId: 'manual' } : { kind, triggerId: workflowId });
  const input: Json = kind === 'webhook' ? { body: null, query: {}, headers: {}, method: 'POST', ...written } : written;
  requireFit(schemas, input);
  const types: Readonly<Record<string, string>> = EVENT_TYPES;
  return {
    workflow: { id: workflowId, revision: 'test', workspace: 'default', input },
    activityId: `${EVENT_ID}-${trigger.triggerId}`,
    trigger: { id: trigger.triggerId, kind: trigger.kind },
    event: {
      id: EVENT_ID,
      source: `/workspaces/default/${trigger.kind}/${trigger.triggerId}`,
      type: types[trigger.kind] ?? trigger.types?.[0] ?? `${trigger.kind}.test`,
      time: time.toISOString(),
    },
  };
}

/** What the platform answers with 422. */
function requireFit(schemas: InputSchemas | undefined, input: Json): void {
  const faults = Object.entries(schemas ?? {}).flatMap(([part, schema]) =>
    schema && part in input ? inputFaults(schema, input[part]).map(({ pointer, detail }) => `/${part}${pointer} ${detail}`) : [],
  );
  if (faults.length > 0) throw new Error(`The input does not fit what workflow.yaml asks for: ${faults.join(', ')}.`);
}

/** Is it an object of a trigger input's fields alone? */
function isTriggerInput(given: unknown): given is Json {
  const known = Object.values(FIELDS).flat();
  return isObject(given) && Object.keys(given).length > 0 && Object.keys(given).every((field) => known.includes(field));
}

function kindOf(written: Json): string {
  const kinds = Object.keys(FIELDS).filter((kind) => FIELDS[kind]?.some((field) => field in written));
  if (kinds.length === 1 && kinds[0] !== undefined) return kinds[0];
  throw new Error('An input holds body, query, headers and method, or eventData, or params, but not fields of several of these.');
}

function payloadField(kind: string | undefined): string {
  if (kind === 'webhook') return 'body';
  return kind === 'event' ? 'eventData' : 'params';
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

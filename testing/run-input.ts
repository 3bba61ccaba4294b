type Json = Readonly<Record<string, unknown>>;

/** What of a workflow says how its runs begin. */
interface Started {
  readonly workflowId: string;
  readonly triggers: readonly { readonly kind: string; readonly triggerId: string }[];
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
 * or the params of a schedule or of a start by hand. Throws an `Error` with a sentence for a mixture of kinds.
 */
export function runInputOf({ workflowId, triggers }: Started, given: unknown, time: Date): unknown {
  if (isObject(given) && isObject(given.workflow) && isObject(given.workflow.input)) return given;
  const [first] = triggers;
  const written = fieldsOf(given) ? (given as Json) : { [payloadField(first?.kind)]: given };
  const kind = kindOf(written);
  const trigger = triggers.find((one) => (kind === 'params' ? one.kind === 'schedule' : one.kind === kind)) ?? {
    kind: kind === 'params' ? 'manual' : kind,
    triggerId: kind === 'params' ? 'manual' : workflowId,
  };
  const input = kind === 'webhook' ? { body: null, query: {}, headers: {}, method: 'POST', ...written } : written;
  return {
    workflow: { id: workflowId, revision: 'test', workspace: 'default', input },
    activityId: `${EVENT_ID}-${trigger.triggerId}`,
    trigger: { id: trigger.triggerId, kind: trigger.kind },
    event: {
      id: EVENT_ID,
      source: `/workspaces/default/${trigger.kind}/${trigger.triggerId}`,
      type: `${trigger.kind}.test`,
      time: time.toISOString(),
    },
  };
}

/** The fields of an object that is written as a trigger's input. */
function fieldsOf(given: unknown): readonly string[] | undefined {
  const fields = isObject(given) ? Object.keys(given) : [];
  return fields.length > 0 && fields.every((field) => Object.values(FIELDS).flat().includes(field)) ? fields : undefined;
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

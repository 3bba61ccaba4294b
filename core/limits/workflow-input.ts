import * as v from 'valibot';

/** Whatever a stranger's event holds: the launcher takes it, so nothing here is refused. */
const anObject = v.fallback(v.record(v.string(), v.unknown()), {});

/** The `workflow.input` that the launcher makes of an input of its own (lib/launch.asl.yaml, Unwrap and StartWorkflow). */
export function workflowInputOf(launch: unknown): unknown {
  const input = v.parse(anObject, launch);
  const event = v.parse(anObject, input.event ?? input);
  const detail = v.parse(anObject, event.detail);
  const { kind } = v.parse(anObject, input.trigger ?? detail.trigger);
  const data = input.workspace === undefined ? detail.data : event;
  if (kind === 'webhook') return { body: data, ...v.parse(anObject, detail.request) };
  return kind === 'event' ? { eventData: data } : { params: data };
}

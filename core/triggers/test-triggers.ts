import { explainPattern } from '../events/pattern/explain.ts';
import { AWS_SOURCE, eventPatternOf } from './event-pattern.ts';
import type { Trigger } from './trigger.ts';

/** An event as rules see it. */
export interface EventToTest {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** Of an event of the default bus, which triggers by AWS's own events alone see: the whole of it. */
  readonly awsEvent?: Readonly<Record<string, unknown>>;
}

export interface TestedTrigger {
  readonly triggerId: string;
  readonly workflowId: string;
  readonly enabled: boolean;
  /** Is its workflow active? */
  readonly active: boolean;
  readonly matches: boolean;
  /** The field that kept the event out, as its author knows it: `type`, `subscription`, or `data.` and a path. `found` is absent with the field. */
  readonly why?: { readonly path: string; readonly expected: unknown; readonly found?: unknown };
}

/** Which event triggers an event matches, and of the others the field that kept it out. `activeIds` are the workflows that are active. */
export function testTriggers(triggers: readonly Trigger[], activeIds: ReadonlySet<string>, event: EventToTest): TestedTrigger[] {
  return triggers
    .filter((trigger) => trigger.kind === 'event')
    .filter(({ source }) => (source === AWS_SOURCE) === (event.awsEvent !== undefined))
    .map((trigger) => {
      const { triggerId, workflowId, enabled } = trigger;
      const mismatch = explainPattern(eventPatternOf(trigger))(event.awsEvent ?? event);
      const told = { triggerId, workflowId, enabled, active: activeIds.has(workflowId), matches: mismatch === undefined };
      if (!mismatch) return told;
      const { path, expected, found } = mismatch;
      const [only = found] = found.length === 1 ? found : [];
      return {
        ...told,
        why: { path: event.awsEvent ? path.join('.') : nameOf(path), expected, ...(found.length > 0 && { found: only }) },
      };
    });
}

/** The envelope's fields by the names that triggers have for them. */
function nameOf(path: readonly string[]): string {
  const [first, ...rest] = path;
  if (first === 'detail-type') return 'type';
  if (first !== 'detail') return path.join('.');
  return rest.length === 1 && rest[0] === 'source' ? 'subscription' : rest.join('.');
}

import type { Integration } from '../integrations/integration.ts';
import type { Subscription } from './subscription.ts';

/** Is the type one of these, each with a `*` at its end for anything? */
const isType = (type: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => (pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern));

/** DetailType takes so many (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html). */
const LONGEST_TYPE = 128;

/** Why a subscription does not take an event of this type; undefined where it does. `*` alone takes what the integration is known to send. */
export function whyIgnored(
  { paused, events }: Subscription,
  integration: Integration,
  type: string | undefined,
): string | undefined {
  if (paused) return 'The subscription is paused.';
  if (type === undefined) return 'The request names no type of event.';
  if (type.length > LONGEST_TYPE) return `The type of the event is longer than ${LONGEST_TYPE} characters.`;
  const named = events.filter((pattern) => pattern !== '*');
  if (isType(type, named)) return undefined;
  if (!events.includes('*')) return `The subscription does not take the type ${type}.`;
  if (isType(type, integration.types)) return undefined;
  return `${integration.title} is not known to send the type ${type}; add it to the subscription's events to take it.`;
}

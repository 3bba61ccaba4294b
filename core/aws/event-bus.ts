import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { Unpublishable } from '../events/unpublishable.ts';
import { clientSettings } from './client-settings.ts';

export interface BusEvent {
  readonly source: string;
  readonly detailType: string;
  /** JSON text of the envelope. */
  readonly detail: string;
}

/** Puts one event on the bus. Resolves when the bus has it; rejects when it does not, with `Unpublishable` where that lies in the event. */
export function openBus(busName: string): (event: BusEvent) => Promise<void> {
  const client = new EventBridgeClient(clientSettings);
  return async ({ source, detailType, detail }) => {
    const { Entries: entries = [] } = await client
      .send(new PutEventsCommand({ Entries: [{ EventBusName: busName, Source: source, DetailType: detailType, Detail: detail }] }))
      .catch(raiseRefusal);
    // PutEvents answers 200 even when it refused the entry: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    const [entry] = entries;
    if (entry?.EventId) return;
    const message = `The event bus refused the event: ${entry?.ErrorCode ?? 'no answer'}.`;
    throw entry?.ErrorCode && !TRANSIENT.includes(entry.ErrorCode) ? new Unpublishable(message) : new Error(message);
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
const TRANSIENT = ['InternalFailure', 'ThrottlingException'];

/** A request that is too large is refused as a whole. */
function raiseRefusal(error: unknown): never {
  if (!(error instanceof Error) || error.name !== 'ValidationException') throw error;
  throw new Unpublishable('The event bus refused the event: ValidationException.', error);
}

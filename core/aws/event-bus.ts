import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { clientSettings } from './client-settings.ts';

export interface BusEvent {
  readonly source: string;
  readonly detailType: string;
  /** JSON text of the envelope. */
  readonly detail: string;
}

/** Puts one event on the bus. Resolves when the bus has it; rejects when it does not. */
export function openBus(busName: string): (event: BusEvent) => Promise<void> {
  const client = new EventBridgeClient(clientSettings);
  return async ({ source, detailType, detail }) => {
    const { Entries: entries = [] } = await client.send(
      new PutEventsCommand({ Entries: [{ EventBusName: busName, Source: source, DetailType: detailType, Detail: detail }] }),
    );
    // PutEvents answers 200 even when it refused the entry: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    const [entry] = entries;
    if (!entry?.EventId) throw new Error(`The event bus refused the event: ${entry?.ErrorCode ?? 'no answer'}.`);
  };
}

import type { EventDefinition } from '../integration.ts';

/** What the specification asks of every payload: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure */
export const events: readonly EventDefinition[] = [
  {
    type: 'contact.created',
    title: "An example: each sender has types of its own, in the payload's `type`",
    schema: {
      type: 'object',
      required: ['type', 'timestamp', 'data'],
      properties: {
        type: { const: 'contact.created' },
        timestamp: { type: 'string', format: 'date-time' },
        data: { type: 'object' },
      },
    },
    sample: {
      headers: {},
      body: {
        type: 'contact.created',
        timestamp: '2026-05-15T15:20:41.000Z',
        data: { id: '1f81eb52-5198-4599-803e-771906343485', first_name: 'Ada', last_name: 'Example' },
      },
    },
  },
];

import type { EventDefinition } from '../integration.ts';

/** Nothing is known of a sender that is declared; this shows where its type and its delivery key are read. */
export const events: readonly EventDefinition[] = [
  {
    type: 'example.created',
    title: 'An example, made to the places that the settings name',
    schema: { type: 'object', required: ['example'], properties: { example: { type: 'object' } } },
    sample: { headers: {}, body: { example: { id: 1, name: 'Ada' } } },
  },
];

import type { EventDefinition } from '../integration.ts';

const text = { type: 'string' };
const whole = { type: 'integer' };

const define = (
  type: string,
  action: string,
  title: string,
  data: { required: readonly string[]; properties: Record<string, unknown>; sample: Record<string, unknown> },
  more: Record<string, unknown> = {},
): EventDefinition => ({
  type: `${type}.${action}`,
  title,
  schema: {
    type: 'object',
    required: ['action', 'type', 'data', 'createdAt'],
    properties: {
      action: { const: action },
      type: { const: type },
      createdAt: text,
      url: text,
      organizationId: text,
      webhookTimestamp: whole,
      data: { type: 'object', required: ['id', ...data.required], properties: { id: text, ...data.properties } },
    },
  },
  sample: {
    headers: { 'linear-event': type, 'user-agent': 'Linear-Webhook' },
    body: {
      action,
      actor: { id: 'b5ea5f1f-8adc-4f52-b4bd-ab4e84cf51ba', type: 'user', name: 'Grace Example', email: 'grace@example.com' },
      createdAt: '2026-05-15T15:20:41.000Z',
      data: data.sample,
      type,
      url: 'https://linear.app/example/issue/MILL-7',
      organizationId: 'b1a3f7e2-0c6d-4d3a-8e0a-2f8c4f0d9a11',
      webhookTimestamp: 1_778_858_441_000,
      webhookId: '000042e3-d123-4980-b49f-8e140eef9329',
      ...more,
    },
  },
});

const issue = {
  id: '2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9',
  identifier: 'MILL-7',
  number: 7,
  title: 'The wheel squeaks',
  priority: 2,
  state: { id: '37e8d4a2-5b6c-4f0e-9c3a-1d2e3f4a5b6c', name: 'Todo', type: 'unstarted' },
  team: { id: '72b2a2dc-6f4f-4423-9d34-24b5bd10634a', key: 'MILL', name: 'Mill' },
};
const issueData = {
  required: ['identifier', 'title'],
  properties: {
    identifier: text,
    number: whole,
    title: text,
    priority: whole,
    state: { type: 'object' },
    team: { type: 'object' },
  },
};

/** https://linear.app/developers/webhooks#the-webhook-payload */
export const events: readonly EventDefinition[] = [
  define('Issue', 'create', 'An issue was made', { ...issueData, sample: issue }),
  define(
    'Issue',
    'update',
    'An issue was changed; `updatedFrom` holds what it was',
    { ...issueData, sample: { ...issue, state: { ...issue.state, name: 'In Progress', type: 'started' } } },
    { updatedFrom: { updatedAt: '2026-05-15T15:19:00.000Z', stateId: '37e8d4a2-5b6c-4f0e-9c3a-1d2e3f4a5b6c' } },
  ),
  define('Comment', 'create', 'Somebody commented', {
    required: ['body'],
    properties: { body: text, issueId: text },
    sample: { id: '5e1c3c11-a8b5-4a05-9d1a-86d0d9a0c0a1', body: 'Oil it.', issueId: issue.id },
  }),
];

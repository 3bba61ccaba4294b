import type { EventDefinition } from '../integration.ts';

const text = { type: 'string' };

const define = (type: string, title: string, required: readonly string[], event: Record<string, unknown>): EventDefinition => ({
  type,
  title,
  schema: {
    type: 'object',
    required: ['schema', 'header', 'event'],
    properties: {
      schema: { const: '2.0' },
      header: {
        type: 'object',
        required: ['event_id', 'event_type', 'create_time', 'tenant_key', 'app_id'],
        properties: { event_id: text, event_type: { const: type }, create_time: text, tenant_key: text, app_id: text },
      },
      event: { type: 'object', required, properties: Object.fromEntries(required.map((name) => [name, { type: 'object' }])) },
    },
  },
  sample: {
    headers: {},
    body: {
      schema: '2.0',
      header: {
        event_id: 'f7984f25108f8137722bb63cee927e66',
        event_type: type,
        create_time: '1778858441000',
        token: 'set-when-it-is-sent',
        app_id: 'cli_0000example0000',
        tenant_key: '0000example0000',
      },
      event,
    },
  },
});

const person = { union_id: 'on_0000example', user_id: 'e33ggbyz', open_id: 'ou_0000example' };

/** https://open.larksuite.com/document/server-docs/event-subscription-guide/event-list */
export const events: readonly EventDefinition[] = [
  define('im.message.receive_v1', 'The bot was sent a message', ['sender', 'message'], {
    sender: { sender_id: person, sender_type: 'user', tenant_key: '0000example0000' },
    message: {
      message_id: 'om_0000example',
      create_time: '1778858440999',
      chat_id: 'oc_0000example',
      chat_type: 'group',
      message_type: 'text',
      content: '{"text":"grind the rye"}',
    },
  }),
  define('contact.user.created_v3', 'A person joined the organization', ['object'], {
    object: {
      open_id: 'ou_0000example',
      user_id: 'e33ggbyz',
      name: 'Ada Example',
      email: 'ada@example.com',
      department_ids: ['od-0000example'],
    },
  }),
];

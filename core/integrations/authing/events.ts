import type { EventDefinition } from '../integration.ts';

const text = { type: 'string' };

const define = (eventName: string, title: string, required: readonly string[], data: Record<string, unknown>): EventDefinition => ({
  type: eventName.replaceAll(':', '.'),
  title,
  schema: {
    type: 'object',
    required: ['eventName', 'data'],
    properties: {
      eventName: { const: eventName },
      data: { type: 'object', required, properties: Object.fromEntries(required.map((name) => [name, text])) },
    },
  },
  sample: { headers: { 'user-agent': 'authing-webhook' }, body: { eventName, data } },
});

const user = { id: '613189b38b6c66cac1d211bd', username: 'ada', email: 'ada@example.com', status: 'Activated' };

/** https://docs.authing.cn/v2/guides/webhook/ */
export const events: readonly EventDefinition[] = [
  define('login', 'Somebody logged in', ['id', 'email'], { ...user, lastLogin: '2026-05-15T15:20:41.000Z', loginsCount: 7 }),
  define('register', 'Somebody registered', ['id', 'email'], { ...user, registerSource: 'basic:email' }),
  define('user:created', 'A user was made', ['id', 'email'], user),
  define('user:deleted', 'A user was deleted', ['id'], { id: user.id }),
];

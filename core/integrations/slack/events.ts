import type { EventDefinition } from '../integration.ts';

const text = { type: 'string' };

const define = (type: string, title: string, required: readonly string[], event: Record<string, unknown>): EventDefinition => ({
  type,
  title,
  schema: {
    type: 'object',
    required: ['type', 'team_id', 'event_id', 'event_time', 'event'],
    properties: {
      type: { const: 'event_callback' },
      team_id: text,
      api_app_id: text,
      event_id: text,
      event_time: { type: 'integer' },
      event: {
        type: 'object',
        required: ['type', ...required],
        properties: { type: { const: type }, ...Object.fromEntries(required.map((name) => [name, { type: typeof event[name] }])) },
      },
    },
  },
  sample: {
    headers: { 'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)' },
    body: {
      team_id: 'T0EXAMPLE1',
      api_app_id: 'A0EXAMPLE1',
      event: { type, ...event },
      type: 'event_callback',
      event_id: 'Ev0EXAMPLE01',
      event_time: 1_778_858_441,
      authorizations: [
        { enterprise_id: null, team_id: 'T0EXAMPLE1', user_id: 'U0BOT00001', is_bot: true, is_enterprise_install: false },
      ],
      is_ext_shared_channel: false,
    },
  },
});

/** https://docs.slack.dev/reference/events */
export const events: readonly EventDefinition[] = [
  define('app_mention', 'Somebody mentioned the app', ['user', 'text', 'ts', 'channel'], {
    user: 'U0EXAMPLE1',
    text: '<@U0BOT00001> grind the rye',
    ts: '1778858441.000016',
    channel: 'C0EXAMPLE1',
    event_ts: '1778858441.000016',
  }),
  define('message', 'A message was posted', ['user', 'text', 'ts', 'channel'], {
    user: 'U0EXAMPLE1',
    text: 'The wheel squeaks.',
    ts: '1778858442.000017',
    channel: 'C0EXAMPLE1',
    channel_type: 'channel',
    event_ts: '1778858442.000017',
  }),
  define('reaction_added', 'Somebody reacted to a message', ['user', 'reaction', 'item'], {
    user: 'U0EXAMPLE1',
    reaction: 'thumbsup',
    item: { type: 'message', channel: 'C0EXAMPLE1', ts: '1778858442.000017' },
    event_ts: '1778858443.000018',
  }),
];

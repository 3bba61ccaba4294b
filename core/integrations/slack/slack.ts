import { randomUUID } from 'node:crypto';
import { hmac, hmacMatches } from '../hmac.ts';
import type { Integration } from '../integration.ts';
import { isObject, jsonObject, objectIn, textIn } from '../json-body.ts';
import { newestOf, sampleBody } from '../sample.ts';
import { isSeconds, timestampFault } from '../timestamp.ts';

/** https://docs.slack.dev/authentication/verifying-requests-from-slack/ */
const TOLERANCE = { unit: 's', toleranceSeconds: 300 } as const;

/** https://docs.slack.dev/apis/events-api/ */
export const slack: Integration = {
  id: 'slack',
  title: 'Slack',
  docs: 'https://docs.slack.dev/apis/events-api/',
  verification: 'HMAC-SHA256 of `v0:timestamp:body` in `X-Slack-Signature`, at most 5 minutes old.',
  secrets: [{ name: 'signingSecret', title: "the app's signing secret", generated: false }],
  setup: [
    "At https://api.slack.com/apps, open your app's *Basic Information* and copy its *Signing Secret* to the subscription: `npx millrace subscriptions rotate-secret {name} --secret signingSecret`.",
    'Open *Event Subscriptions*, switch them on, and paste {url} as *Request URL*: Slack sends a challenge, which is answered at once.',
    'Pick the bot events and save. Slash commands and interactivity may have the same URL.',
  ],
  types: ['*'],
  credentials: { headers: ['x-slack-signature'] },
  answer: { status: 200 },

  verify({ headers, body, receivedAt }, { signingSecret = [] }) {
    const [signature, timestamp] = [headers['x-slack-signature'], headers['x-slack-request-timestamp']];
    if (signature === undefined) return { rejected: 'The request has no signature in X-Slack-Signature.' };
    const stale = timestampFault(timestamp, receivedAt, TOLERANCE);
    if (stale) return { rejected: stale };
    if (!signature.startsWith('v0=')) return { rejected: 'The signature in X-Slack-Signature is not of the form v0=.' };
    if (hmacMatches({}, signingSecret, [signature.slice(3)], `v0:${timestamp}:`, body)) return {};
    return { rejected: 'The signature in X-Slack-Signature is not that of the signing secret.' };
  },

  /**
   * The challenge is signed, but may come before the secret is here
   * (https://docs.slack.dev/reference/events/url_verification). The answer repeats it as text, so that nothing of it is ever markup.
   */
  handshake({ body }, { signingSecret = [] }, verified) {
    if (!verified && signingSecret.length > 0) return undefined;
    const { type, challenge } = jsonObject(body);
    if (type !== 'url_verification' || typeof challenge !== 'string') return undefined;
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: challenge };
  },

  read({ headers }, body) {
    const form = formOf(headers['content-type'], body);
    const payload = form === undefined ? jsonObject(body) : (form.payload ?? form.fields);
    const event = objectIn(payload, 'event');
    const type = form?.fields.command ? 'slash_command' : (textIn(event, 'type') ?? textIn(payload, 'type'));
    const subject = textIn(payload, 'team_id') ?? textIn(objectIn(payload, 'team'), 'id');
    const deliveryKey = textIn(payload, 'event_id') ?? textIn(payload, 'trigger_id');
    const { event_time: seconds } = payload;
    return {
      type,
      ...(subject && { subject }),
      ...(deliveryKey && { deliveryKey }),
      ...(isSeconds(seconds) && { time: new Date(seconds * 1_000).toISOString() }),
      ...(form && { data: payload }),
    };
  },

  events: async () => (await import('./events.ts')).events,

  sign(sample, secrets, { now }) {
    const id = `Ev${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`;
    const body = isObject(sample.body) ? JSON.stringify({ ...sample.body, event_id: id }) : sampleBody(sample);
    const timestamp = Math.floor(now.getTime() / 1_000);
    const signature = hmac('sha256', newestOf(secrets, 'signingSecret'), `v0:${timestamp}:`, body).toString('hex');
    return {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...sample.headers,
        'x-slack-request-timestamp': String(timestamp),
        'x-slack-signature': `v0=${signature}`,
      },
      body,
    };
  },
};

/** Slash commands are forms; interactions are forms whose one field `payload` is JSON (https://docs.slack.dev/interactivity/handling-user-interaction). */
function formOf(contentType: string | undefined, body: Buffer) {
  if (!contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded')) return undefined;
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(new URLSearchParams(body.toString()));
  return { fields, payload: typeof fields.payload === 'string' ? jsonObject(Buffer.from(fields.payload)) : undefined };
}

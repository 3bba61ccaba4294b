import { randomUUID } from 'node:crypto';
import { hmac, hmacMatches } from '../hmac.ts';
import type { Integration } from '../integration.ts';
import { isObject, jsonObject, textIn } from '../json-body.ts';
import { jsonHeaders, newestOf } from '../sample.ts';
import { timestampFault } from '../timestamp.ts';

/** Linear's advice: https://linear.app/developers/webhooks#securing-webhooks */
const TOLERANCE = { unit: 'ms', toleranceSeconds: 60 } as const;

/** https://linear.app/developers/webhooks */
export const linear: Integration = {
  id: 'linear',
  title: 'Linear',
  docs: 'https://linear.app/developers/webhooks',
  verification: 'HMAC-SHA256 of the body in `Linear-Signature`; its `webhookTimestamp` at most a minute old.',
  secrets: [{ name: 'signingSecret', title: "the webhook's signing secret", generated: false }],
  setup: [
    'In Linear, open Settings > API > Webhooks and choose *New webhook*.',
    'Paste {url} as *URL* and pick what to be told of.',
    "Copy the webhook's signing secret to the subscription: `npx millrace subscriptions rotate-secret {name} --secret signingSecret`.",
  ],
  types: [
    'AppUserNotification.*',
    'AgentSessionEvent.*',
    'Attachment.*',
    'AuditEntry.*',
    'Comment.*',
    'Customer.*',
    'CustomerNeed.*',
    'Cycle.*',
    'Document.*',
    'Initiative.*',
    'InitiativeUpdate.*',
    'Issue.*',
    'IssueLabel.*',
    'IssueRelation.*',
    'IssueSLA.*',
    'OAuthApp.*',
    'PermissionChange.*',
    'Project.*',
    'ProjectLabel.*',
    'ProjectUpdate.*',
    'Reaction.*',
    'Release.*',
    'User.*',
  ],
  credentials: { headers: ['linear-signature'] },
  answer: { status: 200 },

  verify({ headers, body, receivedAt }, { signingSecret = [] }) {
    const signature = headers['linear-signature'];
    if (signature === undefined) return { rejected: 'The request has no signature in Linear-Signature.' };
    if (!hmacMatches({}, signingSecret, [signature], body)) {
      return { rejected: 'The signature in Linear-Signature is not that of the signing secret.' };
    }
    const { webhookTimestamp } = jsonObject(body);
    const stale = timestampFault(
      typeof webhookTimestamp === 'number' ? String(webhookTimestamp) : undefined,
      receivedAt,
      TOLERANCE,
    );
    return stale ? { rejected: stale } : {};
  },

  read({ headers }, body) {
    const payload = jsonObject(body);
    const [type, action] = [textIn(payload, 'type') ?? headers['linear-event'], textIn(payload, 'action')];
    const createdAt = Date.parse(textIn(payload, 'createdAt') ?? '');
    const subject = isObject(payload.data) ? (textIn(payload.data, 'identifier') ?? textIn(payload.data, 'id')) : undefined;
    return {
      type: type && action ? `${type}.${action}` : type || undefined,
      ...(subject && { subject }),
      ...(headers['linear-delivery'] && { deliveryKey: headers['linear-delivery'] }),
      ...(!Number.isNaN(createdAt) && { time: new Date(createdAt).toISOString() }),
    };
  },

  events: async () => (await import('./events.ts')).events,

  sign(sample, secrets, { now }) {
    const body = JSON.stringify(isObject(sample.body) ? { ...sample.body, webhookTimestamp: now.getTime() } : sample.body);
    return {
      method: 'POST',
      headers: {
        ...jsonHeaders(sample),
        'linear-delivery': randomUUID(),
        'linear-signature': hmac('sha256', newestOf(secrets, 'signingSecret'), body).toString('hex'),
      },
      body,
    };
  },
};

import { isOneOf } from '../compare.ts';
import type { Integration } from '../integration.ts';
import { jsonObject, textIn } from '../json-body.ts';
import { jsonHeaders, newestOf, sampleBody } from '../sample.ts';

/** https://docs.authing.cn/v2/guides/webhook/ */
export const authing: Integration = {
  id: 'authing',
  title: 'Authing',
  docs: 'https://docs.authing.cn/v2/guides/webhook/',
  verification: 'The secret in `x-authing-webhook-secret`, or in `X-Authing-Token`, compared as it is.',
  secrets: [{ name: 'secret', title: "the webhook's secret", generated: true }],
  setup: [
    'In the Authing console, open Automation > Webhooks and add one.',
    'Paste {url} as its URL and the secret as its secret, choose the format JSON, and pick the events.',
  ],
  types: ['*'],
  credentials: { headers: ['x-authing-webhook-secret', 'x-authing-token'] },
  answer: { status: 200 },

  verify({ headers }, { secret = [] }) {
    const given = headers['x-authing-webhook-secret'] ?? headers['x-authing-token'];
    if (given === undefined) return { rejected: 'The request has no secret in x-authing-webhook-secret or X-Authing-Token.' };
    return isOneOf(given, secret) ? {} : { rejected: 'The secret of the request is not that of the subscription.' };
  },

  /** Its names are such as `user:created` and `login`; one with colons is the type with dots. */
  read({ headers }, body) {
    const form = headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') ? formOf(body) : undefined;
    const type = textIn(form ?? jsonObject(body), 'eventName')?.replaceAll(':', '.');
    return { type, ...(form && { data: form }) };
  },

  events: async () => (await import('./events.ts')).events,

  sign: (sample, secrets) => ({
    method: 'POST',
    headers: { ...jsonHeaders(sample), 'x-authing-webhook-secret': newestOf(secrets, 'secret') },
    body: sampleBody(sample),
  }),
};

/** As a form, `data` is a field of JSON. */
function formOf(body: Buffer): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = Object.fromEntries(new URLSearchParams(body.toString()));
  const data = typeof fields.data === 'string' ? jsonObject(Buffer.from(fields.data)) : {};
  return Object.keys(data).length > 0 ? { ...fields, data } : fields;
}

import { createHash, randomUUID } from 'node:crypto';
import { isOneOf } from '../compare.ts';
import type { Integration, ProviderRequest, Secrets } from '../integration.ts';
import { isObject, jsonObject, objectIn, textIn } from '../json-body.ts';
import { jsonHeaders, newestOf, sampleBody } from '../sample.ts';
import { timestampFault } from '../timestamp.ts';
import { decrypt, encrypt } from './cipher.ts';

/** Ours: Lark tells no tolerance, and repeats an event with a new timestamp. */
const TOLERANCE = { unit: 's', toleranceSeconds: 300 } as const;

/** https://open.larksuite.com/document/server-docs/event-subscription-guide/overview, and the same at open.feishu.cn */
export const lark: Integration = {
  id: 'lark',
  title: 'Lark, Feishu',
  docs: 'https://open.larksuite.com/document/server-docs/event-subscription-guide/overview',
  verification:
    'With an Encrypt Key, SHA-256 of timestamp, nonce, key and body in `X-Lark-Signature`, and the body encrypted; without one, the Verification Token in the body.',
  secrets: [
    { name: 'verificationToken', title: "the app's Verification Token", generated: false },
    { name: 'encryptKey', title: "the app's Encrypt Key", generated: false, optional: true },
  ],
  setup: [
    "In the developer console, open your app's *Events & Callbacks* > *Encryption Strategy*, and give both values to the subscription: `npx millrace subscriptions rotate-secret {name} --secret verificationToken`, and again with `--secret encryptKey`.",
    'Under *Event configuration*, choose to send events to a request URL and paste {url}: Lark sends a challenge, which is answered at once.',
    'Add the events, and publish a version of the app.',
  ],
  types: ['*'],
  credentials: { headers: ['x-lark-signature'], body: [['token'], ['header', 'token']] },
  answer: { status: 200 },

  verify(request, secrets) {
    const { encryptKey = [], verificationToken = [] } = secrets;
    if (encryptKey.length === 0) {
      return isOneOf(tokenIn(jsonObject(request.body)), verificationToken)
        ? {}
        : { rejected: 'The token in the body is not the Verification Token.' };
    }
    const { headers, body, receivedAt } = request;
    const [timestamp, nonce, signature] = ['timestamp', 'nonce']
      .map((part) => headers[`x-lark-request-${part}`])
      .concat(headers['x-lark-signature']);
    if (signature === undefined) return { rejected: 'The request has no signature in X-Lark-Signature.' };
    const expected = encryptKey.map((key) => createHash('sha256').update(`${timestamp}${nonce}${key}`).update(body).digest('hex'));
    if (!isOneOf(signature, expected)) return { rejected: 'The signature in X-Lark-Signature is not that of the Encrypt Key.' };
    const stale = timestampFault(timestamp, receivedAt, TOLERANCE);
    if (stale) return { rejected: stale };
    const plain = plainBody(request, secrets);
    return plain ? { body: plain } : { rejected: 'The body is not encrypted under the Encrypt Key.' };
  },

  /**
   * Lark leaves it unsigned (https://open.larksuite.com/document/server-docs/event-subscription-guide/event-subscription-configure-/choose-a-subscription-mode/send-notifications-to-developers-server).
   * A Verification Token that is known must be in it.
   */
  handshake(request, secrets) {
    const plain = plainBody(request, secrets);
    const { type, challenge, token } = plain ? jsonObject(plain) : {};
    if (type !== 'url_verification' || typeof challenge !== 'string') return undefined;
    const { verificationToken = [] } = secrets;
    if (verificationToken.length > 0 && !isOneOf(typeof token === 'string' ? token : '', verificationToken)) return undefined;
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ challenge }) };
  },

  read(_request, body) {
    const payload = jsonObject(body);
    // Version 2.0 has a header in the body; version 1.0 has everything beside the event.
    const [header, event] = [objectIn(payload, 'header'), objectIn(payload, 'event')];
    const subject = textIn(header, 'tenant_key') ?? textIn(event, 'tenant_key');
    const deliveryKey = textIn(header, 'event_id') ?? textIn(payload, 'uuid');
    const milliseconds = Number(textIn(header, 'create_time') ?? Number.NaN);
    return {
      type: textIn(header, 'event_type') ?? textIn(event, 'type'),
      ...(subject && { subject }),
      ...(deliveryKey && { deliveryKey }),
      ...(Number.isInteger(milliseconds) &&
        milliseconds > 0 &&
        milliseconds < 253_402_300_800_000 && { time: new Date(milliseconds).toISOString() }),
    };
  },

  events: async () => (await import('./events.ts')).events,

  sign(sample, secrets, { now }) {
    const [key] = secrets.encryptKey ?? [];
    const payload = isObject(sample.body) ? sample.body : {};
    const header = {
      ...objectIn(payload, 'header'),
      event_id: randomUUID(),
      create_time: String(now.getTime()),
      token: newestOf(secrets, 'verificationToken'),
    };
    const plain = sampleBody({ ...sample, body: { ...payload, header } });
    if (key === undefined) return { method: 'POST', headers: jsonHeaders(sample), body: plain };
    const body = JSON.stringify({ encrypt: encrypt(key, plain) });
    const [timestamp, nonce] = [String(Math.floor(now.getTime() / 1_000)), randomUUID()];
    const signature = createHash('sha256').update(`${timestamp}${nonce}${key}${body}`).digest('hex');
    return {
      method: 'POST',
      headers: {
        ...jsonHeaders(sample),
        'x-lark-request-timestamp': timestamp,
        'x-lark-request-nonce': nonce,
        'x-lark-signature': signature,
      },
      body,
    };
  },
};

/** Where version 2.0 and version 1.0 have the Verification Token. */
const tokenIn = (payload: Readonly<Record<string, unknown>>): string =>
  textIn(objectIn(payload, 'header'), 'token') ?? textIn(payload, 'token') ?? '';

/** The body as it was before its encryption; undefined where it is encrypted under a key that we don't have. */
function plainBody({ body }: ProviderRequest, { encryptKey = [] }: Secrets): Buffer | undefined {
  const encrypted = textIn(jsonObject(body), 'encrypt');
  if (encrypted === undefined) return body;
  return encryptKey
    .map((key) => decrypt(key, encrypted))
    .find((plain) => plain !== undefined && Object.keys(jsonObject(plain)).length > 0);
}

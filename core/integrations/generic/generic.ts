import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Integration, Settings } from '../integration.ts';
import { isObject } from '../json-body.ts';
import { jsonHeaders, newestOf } from '../sample.ts';
import { textAt } from './place.ts';
import { placeSchema, verificationSchema } from './verification-schema.ts';
import { credentialHeadersOf, signDeclared, verifyDeclared } from './verify.ts';

const settingsSchema = v.strictObject({
  verification: verificationSchema,
  /** Where the event's type is. */
  type: placeSchema,
  /** Where the id is by which the sender repeats an event; without it, every request is a new one. */
  deliveryKey: v.optional(placeSchema),
  subject: v.optional(placeSchema),
});

/** They were checked when they were stored; what they hold besides is not ours. */
const settingsOf = (settings: Settings) => v.parse(settingsSchema, settings);

/** Any sender, its verification declared: what webhook triggers may declare too. */
export const generic: Integration = {
  id: 'generic',
  title: 'Any other sender',
  docs: 'https://www.rfc-editor.org/rfc/rfc2104',
  verification: 'As declared: HMAC, a static header, basic, bearer, or Ed25519.',
  secrets: [{ name: 'secret', title: 'what both sides know; for Ed25519 the public key of the sender', generated: true }],
  setup: ["In the sender's webhook settings, paste {url} as the URL and the secret where it asks for one."],
  types: ['*'],
  credentials: { headers: [] },
  answer: { status: 202 },
  settings: settingsSchema,

  credentialsOf: (settings) => ({ headers: credentialHeadersOf(settingsOf(settings).verification) }),

  verify: (request, { secret = [] }, settings) => verifyDeclared(settingsOf(settings).verification, secret, request),

  read({ headers }, body, settings) {
    const { type, deliveryKey, subject } = settingsOf(settings);
    const json = parsed(body);
    const at = (place: v.InferOutput<typeof placeSchema> | undefined) => place && textAt(place, headers, json);
    const [key, about] = [at(deliveryKey), at(subject)];
    return { type: at(type), ...(about && { subject: about }), ...(key && { deliveryKey: key }) };
  },

  events: async () => (await import('./events.ts')).events,

  sign(sample, secrets, { now }, settings) {
    const { verification, type, deliveryKey } = settingsOf(settings);
    const headers: Record<string, string> = { ...jsonHeaders(sample) };
    let json: unknown = sample.body;
    const put = (place: v.InferOutput<typeof placeSchema>, value: string) => {
      if ('header' in place) headers[place.header] = value;
      else json = withValueAt(json, place.pointer.split('/').slice(1), value);
    };
    put(type, 'example.created');
    if (deliveryKey) put(deliveryKey, randomUUID());
    const body = JSON.stringify(json);
    return { method: 'POST', headers: { ...headers, ...signDeclared(verification, newestOf(secrets, 'secret'), body, now) }, body };
  },
};

/** Numbers keep their digits: two ids that a number can't tell apart are two events. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString(), (_key, value, { source = '' }) =>
      typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? JSON.rawJSON(source) : value,
    );
  } catch {
    return undefined;
  }
}

/** A copy with the value at these steps of a JSON Pointer. */
function withValueAt(json: unknown, [step, ...rest]: readonly string[], value: string): unknown {
  if (step === undefined) return value;
  const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
  const here = isObject(json) ? json : {};
  return { ...here, [key]: withValueAt(here[key], rest, value) };
}

import * as v from 'valibot';
import { conflict, notFound, unprocessable } from '../../core/errors.ts';
import { findIntegration } from '../../core/integrations/catalogue.ts';
import { isRange } from '../../core/net/addresses.ts';
import { openAll, secretOpener } from '../../core/secrets/open-secrets.ts';
import { liveVersions } from '../../core/secrets/sealed-secrets.ts';
import { callbackUrl } from '../../core/subscriptions/callback-url.ts';
import {
  type Changed,
  changeSubscription,
  createSubscription,
  deleteSubscription,
  ownerOf,
  rotateSecret,
} from '../../core/subscriptions/change-subscription.ts';
import { listensTo } from '../../core/subscriptions/listening.ts';
import { findByNameOrId } from '../../core/subscriptions/subscription.repository.ts';
import { SUBSCRIPTION_NAME, type Subscription } from '../../core/subscriptions/subscription.ts';
import type { Token } from '../../core/tokens/token.ts';
import type { Trigger } from '../../core/triggers/trigger.ts';
import type { Api } from './api.ts';
import { overlapSeconds } from './fields.ts';
import { listOf, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';

const secretView = v.object({
  name: v.string(),
  title: v.string(),
  set: v.boolean(),
  versions: v.array(v.object({ createdAt: v.string(), expiresAt: v.optional(v.string()) })),
});

const subscriptionView = v.object({
  id: v.string(),
  name: v.string(),
  integration: v.string(),
  url: v.string(),
  events: v.array(v.string()),
  status: v.picklist(['pending', 'active', 'paused']),
  secrets: v.array(secretView),
  settings: v.optional(v.record(v.string(), v.unknown())),
  allowedIps: v.optional(v.array(v.string())),
  /** How many triggers listen. */
  triggers: v.number(),
  createdAt: v.string(),
  updatedAt: v.string(),
  setup: v.array(v.string()),
});
type View = v.InferInput<typeof subscriptionView>;

/** `generated`: secrets that were made, shown this once. */
const changedView = v.object({ ...subscriptionView.entries, generated: v.optional(v.record(v.string(), v.string())) });

const name = v.pipe(v.string(), v.regex(SUBSCRIPTION_NAME, 'must have 1 to 40 of a-z, 0-9 and -'));
const events = v.pipe(
  v.array(
    v.pipe(
      v.string(),
      v.minLength(1, 'must not be empty'),
      v.maxLength(128, 'must have 128 characters at most'),
      v.regex(/^[^*]*\*?$/, 'may have * at its end only'),
    ),
  ),
  v.minLength(1, 'must name at least one type; * is all of them'),
  v.maxLength(100, 'must name 100 types at most'),
);
const allowedIps = v.pipe(
  v.array(v.pipe(v.string(), v.check(isRange, 'must be an address or a range such as 192.0.2.0/24 or 2001:db8::/32'))),
  v.maxLength(100, 'must name 100 ranges at most'),
);
const settings = v.record(v.string(), v.unknown());

async function viewOf(api: Api, subscription: Subscription, triggers: readonly Trigger[], now: Date): Promise<View> {
  const integration = await findIntegration(subscription.integration);
  if (!integration) throw notFound('The integration of the subscription is not in this version any more.');
  const url = callbackUrl(api.publicUrl, subscription);
  const secrets = integration.secrets.map(({ name, title }) => {
    const versions = liveVersions(subscription.secrets[name], now).map(({ createdAt, expiresAt }) => ({ createdAt, expiresAt }));
    return { name, title, set: versions.length > 0, versions };
  });
  const isFinished = integration.secrets.every(({ optional }, index) => optional || secrets[index]?.set);
  return {
    id: subscription.subscriptionId,
    name: subscription.name,
    integration: subscription.integration,
    url,
    events: subscription.events,
    status: subscription.paused ? 'paused' : isFinished ? 'active' : 'pending',
    secrets,
    settings: integration.settings && subscription.settings,
    allowedIps: subscription.allowedIps,
    triggers: triggers.filter((trigger) => listensTo(trigger, subscription)).length,
    createdAt: subscription.createdAt,
    updatedAt: subscription.updatedAt,
    setup: integration.setup.map((step) => step.replaceAll('{url}', url).replaceAll('{name}', subscription.name)),
  };
}

const shown = async (api: Api, subscription: Subscription, now: Date): Promise<View> =>
  viewOf(api, subscription, await api.subscriptions.triggersOf(subscription.workspace), now);

async function shownOnce(api: Api, { subscription, generated }: Changed, now: Date) {
  const view = await shown(api, subscription, now);
  return Object.keys(generated).length > 0 ? { ...view, generated } : view;
}

/** By id or name. Raises 404, for another workspace's too. */
export async function findOwnSubscription(api: Api, caller: Token, idOrName: string): Promise<Subscription> {
  const found = await findByNameOrId(api.subscriptions.store, caller.workspace, idOrName);
  if (!found) throw notFound('There is no such subscription.');
  return found;
}

async function signedSample(api: Api, subscription: Subscription, type: string, now: Date) {
  const integration = await findIntegration(subscription.integration);
  const known = (await integration?.events()) ?? [];
  const event = known.find((each) => each.type === type);
  if (!integration || !event) {
    throw unprocessable(`There is no sample of this type; there are ${known.map((each) => each.type).join(', ')}.`, [
      { pointer: '/type', detail: 'has no sample' },
    ]);
  }
  const secrets = await openAll(
    secretOpener(async () => api.subscriptions.vault),
    ownerOf(subscription),
    subscription.secrets,
    now,
  );
  const missing = integration.secrets.find(({ name, optional }) => !optional && !secrets[name]?.length);
  if (missing) throw conflict(`The secret ${missing.name} is not set, so nothing can be signed with it.`);
  if (Object(subscription.settings.verification).scheme === 'ed25519') {
    throw conflict('Only the sender has the private key of Ed25519, so a sample cannot be signed here.');
  }
  const url = callbackUrl(api.publicUrl, subscription);
  const { method, headers, body } = integration.sign(event.sample, secrets, { url, now }, subscription.settings);
  return { url, method, headers: { ...headers }, body, type };
}

export const subscriptionRoutes = [
  route({
    method: 'GET',
    path: '/v1/subscriptions',
    summary: 'Lists subscriptions, newest first.',
    query: v.strictObject({ ...pageQuery, integration: v.optional(v.string()) }),
    answer: listOf(subscriptionView),
    handle: async (api, { token: { workspace }, query, now }) => {
      const { store, triggersOf } = api.subscriptions;
      const [{ items, ...page }, triggers] = await Promise.all([
        store.list(workspace, query.integration, pageOf(query)),
        triggersOf(workspace),
      ]);
      return { ...page, items: await Promise.all(items.map((each) => viewOf(api, each, triggers, now))) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/subscriptions',
    summary: 'Creates a subscription. Secrets made for it are in the answer and never shown again.',
    body: v.strictObject({
      integration: v.string(),
      name,
      events: v.optional(events),
      secrets: v.optional(v.record(v.string(), v.string())),
      settings: v.optional(settings),
      allowedIps: v.optional(allowedIps),
    }),
    status: 201,
    answer: changedView,
    headers: ({ id }, api) => ({ location: `${api.publicUrl}/v1/subscriptions/${id}` }),
    handle: async (api, { token: { workspace }, body, now }) =>
      shownOnce(api, await createSubscription(api.subscriptions, { ...body, workspace }, now), now),
  }),
  route({
    method: 'GET',
    path: '/v1/subscriptions/{id}',
    summary: 'Shows a subscription, by its id or name.',
    answer: subscriptionView,
    handle: async (api, { token, id, now }) => shown(api, await findOwnSubscription(api, token, id), now),
  }),
  route({
    method: 'PUT',
    path: '/v1/subscriptions/{id}',
    summary: 'Changes what is given of a subscription.',
    body: v.strictObject({
      name: v.optional(name),
      events: v.optional(events),
      settings: v.optional(settings),
      allowedIps: v.optional(allowedIps),
      paused: v.optional(v.boolean()),
      force: v.optional(v.boolean()),
    }),
    answer: subscriptionView,
    handle: async (api, { token, id, body, now }) => {
      const was = await findOwnSubscription(api, token, id);
      return shown(api, await changeSubscription(api.subscriptions, was, body, now), now);
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/subscriptions/{id}',
    summary: 'Deletes a subscription; one that triggers listen to with force alone.',
    query: v.strictObject({ force: v.optional(v.picklist(['true', 'false'])) }),
    handle: async (api, { token, id, query }) => {
      const subscription = await findOwnSubscription(api, token, id);
      await deleteSubscription(api.subscriptions, subscription, query.force === 'true');
      return undefined;
    },
  }),
  route({
    method: 'POST',
    path: '/v1/subscriptions/{id}/secrets',
    summary: 'Gives a secret a new value; the earlier one counts for a while. One that is made is never shown again.',
    body: v.strictObject({
      name: v.optional(v.string()),
      value: v.optional(v.string()),
      overlapSeconds: v.optional(overlapSeconds),
    }),
    answer: changedView,
    handle: async (api, { token, id, body, now }) => {
      const was = await findOwnSubscription(api, token, id);
      return shownOnce(api, await rotateSecret(api.subscriptions, was, body, now), now);
    },
  }),
  route({
    method: 'POST',
    path: '/v1/subscriptions/{id}/sample',
    summary: 'Signs a sample of an event as its provider does, to be sent to the callback URL.',
    body: v.strictObject({ type: v.string() }),
    answer: v.object({
      url: v.string(),
      method: v.string(),
      headers: v.record(v.string(), v.string()),
      body: v.string(),
      type: v.string(),
    }),
    handle: async (api, { token, id, body, now }) => signedSample(api, await findOwnSubscription(api, token, id), body.type, now),
  }),
];

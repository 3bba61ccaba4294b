import { randomBytes } from 'node:crypto';
import { conflict, unprocessable } from '../errors.ts';
import { toBase32 } from '../events/event-id.ts';
import { findIntegration, INTEGRATIONS } from '../integrations/catalogue.ts';
import type { Integration } from '../integrations/integration.ts';
import { DEFAULT_OVERLAP_SECONDS, generateSecret, withNewVersion } from '../secrets/sealed-secrets.ts';
import type { SecretOwner, Vault } from '../secrets/vault.ts';
import type { Trigger } from '../triggers/trigger.ts';
import { nearest } from '../workflows/file/near.ts';
import { listensByName, listensTo } from './listening.ts';
import { checkSecrets, readSettings, refuse, secretFault } from './read-fields.ts';
import type { SubscriptionStore } from './subscription.repository.ts';
import type { SealedSecrets, Subscription } from './subscription.ts';

/** What changing subscriptions needs. */
export interface Subscriptions {
  readonly store: SubscriptionStore;
  readonly vault: Vault;
  /** How many of one integration a workspace may have. */
  readonly limit: number;
  /** Every trigger of a workspace. */
  readonly triggersOf: (workspace: string) => Promise<readonly Trigger[]>;
  /** Takes a trigger that was made at run time away, its rule too. */
  readonly removeTrigger: (trigger: Trigger) => Promise<void>;
}

/** A subscription, and the secrets that were made for it: they are shown this once. */
export interface Changed {
  readonly subscription: Subscription;
  readonly generated: Readonly<Record<string, string>>;
}

export interface NewSubscription {
  readonly workspace: string;
  readonly integration: string;
  readonly name: string;
  readonly events?: readonly string[] | undefined;
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly allowedIps?: readonly string[] | undefined;
}

export const ownerOf = ({ workspace, subscriptionId: id }: Subscription): SecretOwner => ({ workspace, kind: 'subscription', id });

/** Raises 409 for a name that is taken and at the limit, and 422 for fields that don't fit the integration. */
export async function createSubscription(
  { store, vault, limit }: Subscriptions,
  asked: NewSubscription,
  now: Date,
): Promise<Changed> {
  const integration = await integrationOf(asked.integration);
  const settings = readSettings(integration, asked.settings);
  const given = asked.secrets ?? {};
  checkSecrets(integration, given);
  const { workspace, name } = asked;
  const draft: Subscription = {
    subscriptionId: toBase32(randomBytes(17)).slice(0, 26),
    workspace,
    integration: integration.id,
    name,
    events: [...(asked.events ?? ['*'])],
    paused: false,
    secrets: {},
    settings,
    ...(asked.allowedIps?.length && { allowedIps: [...asked.allowedIps] }),
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
  };
  const generated = generatedFor(integration, given, settings);
  const subscription = { ...draft, secrets: await sealAll(vault, ownerOf(draft), { ...given, ...generated }, now) };
  const outcome = await store.add(subscription, limit, now);
  if (outcome === 'name taken') throw nameTaken(name);
  if (outcome === 'limit reached') {
    throw conflict(
      `The workspace has ${limit} subscriptions of ${integration.title}, which is the limit; delete one, or raise subscriptionsPerIntegration in the stage's settings and deploy.`,
    );
  }
  return { subscription, generated };
}

async function integrationOf(id: string): Promise<Integration> {
  const integration = await findIntegration(id);
  if (integration) return integration;
  const near = nearest(id, Object.keys(INTEGRATIONS));
  const detail = `is no integration${near ? `; did you mean ${near}?` : ''}`;
  throw unprocessable(`The subscription is not valid: /integration ${detail}`, [{ pointer: '/integration', detail }]);
}

function generatedFor(integration: Integration, given: Readonly<Record<string, string>>, settings: Subscription['settings']) {
  const generated: Record<string, string> = {};
  for (const { name, generated: isOurs, optional } of integration.secrets) {
    const value = isOurs && !optional && !Object.hasOwn(given, name) ? generateSecret(schemeOf(settings)) : undefined;
    if (value !== undefined) generated[name] = value;
  }
  return generated;
}

const schemeOf = (settings: Subscription['settings']): unknown => Object(settings.verification).scheme;

async function sealAll(
  vault: Vault,
  owner: SecretOwner,
  values: Readonly<Record<string, string>>,
  now: Date,
): Promise<SealedSecrets> {
  const createdAt = now.toISOString();
  const entries = Object.entries(values).map(async ([name, value]) => [
    name,
    [{ sealed: await vault.seal(owner, value), createdAt }],
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

const nameTaken = (name: string) => conflict(`The name ${name} is taken by another subscription; choose another.`);

export interface SubscriptionChange {
  readonly name?: string | undefined;
  readonly events?: readonly string[] | undefined;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Empty for everybody. */
  readonly allowedIps?: readonly string[] | undefined;
  readonly paused?: boolean | undefined;
}

/** Changes what is given. Raises 409 for a name that is taken or, without `force`, that declared triggers go by; and 422. */
export async function changeSubscription(
  subscriptions: Subscriptions,
  was: Subscription,
  change: SubscriptionChange & { readonly force?: boolean | undefined },
  now: Date,
): Promise<Subscription> {
  const { name = was.name, events = was.events, paused = was.paused, allowedIps = was.allowedIps } = change;
  if (name !== was.name && !change.force) await assertNotNamed(subscriptions, was);
  const settings =
    change.settings === undefined ? was.settings : readSettings(await integrationOf(was.integration), change.settings);
  const { allowedIps: _, ...rest } = was;
  return replace(
    subscriptions,
    was,
    { ...rest, name, events: [...events], paused, settings, ...(allowedIps?.length && { allowedIps: [...allowedIps] }) },
    now,
  );
}

async function assertNotNamed({ triggersOf }: Subscriptions, was: Subscription): Promise<void> {
  const triggers = (await triggersOf(was.workspace)).filter((each) => listensTo(each, was)).filter(listensByName);
  if (triggers.length === 0) return;
  throw conflict(
    `Declared triggers go by the name ${was.name}: ${idsOf(triggers)}. Rename it with force, and change their workflow.yaml.`,
  );
}

const idsOf = (triggers: readonly Trigger[]) =>
  triggers.map(({ triggerId, workflowId }) => `${triggerId} of ${workflowId}`).join(', ');

async function replace({ store }: Subscriptions, was: Subscription, changed: Subscription, now: Date): Promise<Subscription> {
  // Later than before even within a millisecond: it tells whether somebody else changed it meanwhile.
  const updatedAt = new Date(Math.max(now.getTime(), new Date(was.updatedAt).getTime() + 1)).toISOString();
  const subscription = { ...changed, updatedAt };
  const outcome = await store.replace(was, subscription, now);
  if (outcome === 'name taken') throw nameTaken(subscription.name);
  if (outcome === 'changed') throw conflict('The subscription was changed meanwhile; look at it and try again.');
  return subscription;
}

/**
 * Gives a secret a new value, or makes one; the earlier one counts for `overlapSeconds` more. Raises 422 for an unknown secret and for one that
 * only the provider makes when it has no `value`, and 409 when the subscription was changed meanwhile.
 */
export async function rotateSecret(
  subscriptions: Subscriptions,
  was: Subscription,
  asked: { readonly name?: string | undefined; readonly value?: string | undefined; readonly overlapSeconds?: number | undefined },
  now: Date,
): Promise<Changed> {
  const { title, secrets } = await integrationOf(was.integration);
  const declared = asked.name === undefined && secrets.length === 1 ? secrets[0] : secrets.find(({ name }) => name === asked.name);
  if (!declared) {
    throw refusal('/name', `must be one of ${secrets.map(({ name }) => name).join(', ')}`);
  }
  const fault = asked.value === undefined ? undefined : secretFault(asked.value);
  if (fault) refuse([{ pointer: '/value', detail: fault }]);
  const value = asked.value ?? (declared.generated ? generateSecret(schemeOf(was.settings)) : undefined);
  if (value === undefined) throw refusal('/value', `is missing; only ${title} makes this secret`);
  const sealed = await subscriptions.vault.seal(ownerOf(was), value);
  const versions = withNewVersion(was.secrets[declared.name], sealed, now, asked.overlapSeconds ?? DEFAULT_OVERLAP_SECONDS);
  const changed = { ...was, secrets: { ...was.secrets, [declared.name]: versions } };
  const subscription = await replace(subscriptions, was, changed, now);
  return { subscription, generated: asked.value === undefined ? { [declared.name]: value } : {} };
}

const refusal = (pointer: string, detail: string) =>
  unprocessable(`The secret can't be set: ${pointer} ${detail}.`, [{ pointer, detail }]);

/** Deletes a subscription; with `force` one in use too, whose run-time triggers go with it. Raises 409 that names the triggers. */
export async function deleteSubscription(subscriptions: Subscriptions, subscription: Subscription, force: boolean): Promise<void> {
  const listening = (await subscriptions.triggersOf(subscription.workspace)).filter((each) => listensTo(each, subscription));
  if (listening.length > 0 && !force) {
    throw conflict(`Triggers listen to the subscription: ${idsOf(listening)}. Delete it with force to take it from them.`);
  }
  for (const trigger of listening) if (trigger.subscriptionId !== undefined) await subscriptions.removeTrigger(trigger);
  await subscriptions.store.remove(subscription);
}

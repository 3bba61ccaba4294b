import { createHash, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { BusEvent } from '../aws/event-bus.ts';
import type { StorePayload } from '../aws/payload-store.ts';
import { cloudEventEnvelope } from '../cloudevents/cloud-event-envelope.ts';
import { readCloudEvents } from '../cloudevents/read-cloud-events.ts';
import { conflict, notFound, Problem, unavailable } from '../errors.ts';
import { parseBody } from '../events/body.ts';
import { type AddressedTrigger, CLOUDEVENTS_SOURCE, type Envelope, EVENT_TYPES, integrationSource } from '../events/envelope.ts';
import { activityIdOf } from '../events/event-id.ts';
import { compilePattern } from '../events/pattern/pattern.ts';
import { findIntegration } from '../integrations/catalogue.ts';
import type { Labels } from '../labels.ts';
import type { Run } from '../runs/run.ts';
import { eventEnvelope } from '../subscriptions/event-data.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import { AWS_SOURCE, eventPatternOf } from '../triggers/event-pattern.ts';
import { CLOUDEVENTS_TRIGGER_ID, CUSTOM_TRIGGER_ID, type Trigger } from '../triggers/trigger.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { toBusEvent } from './accept.ts';
import { readContent } from './content.ts';
import type { Delivery } from './delivery.ts';

/** What replaying needs of the world. */
export interface Replayer {
  /** Every trigger of a workspace. */
  readonly triggersOf: (workspace: string) => Promise<readonly Trigger[]>;
  readonly findSubscription: (subscriptionId: string) => Promise<Subscription | undefined>;
  /** What is stored at a `bodyRef`; undefined when it is there no more. */
  readonly readBody: (bodyRef: string) => Promise<Buffer | undefined>;
  readonly storePayload: StorePayload;
  readonly startAgain: StartAgain;
}

/** Has the launcher start a workflow again. */
export interface StartAgain {
  readonly findWorkflow: (workspace: string, workflowId: string) => Promise<Workflow | undefined>;
  /** Stores a run that waits for the launcher, unless it is there already. */
  readonly createRun: (run: Run) => Promise<unknown>;
  /** Starts the launcher with this input. */
  readonly startLauncher: (input: string) => Promise<void>;
}

export interface Replayed {
  readonly activityId: string;
  readonly triggerId: string;
  readonly workflowId: string;
}

/** A delivery's event again, as it was on the bus; raises 409 where it became none, or its body is gone. */
export async function eventOf(replayer: Replayer, delivery: Delivery): Promise<BusEvent> {
  const { eventId, content, bodyRef, workspace, subscriptionId, method, receivedAt } = delivery;
  if (eventId === undefined) {
    throw conflict(`The delivery is ${delivery.outcome} and made no event, so there is nothing to replay.`);
  }
  // It has the beginning of its body alone.
  if (delivery.outcome === 'duplicate') throw conflict(`The delivery repeats ${eventId}; replay that one.`);
  const kept = content && readContent(content);
  const body = bodyRef === undefined ? kept?.body : await replayer.readBody(bodyRef);
  if (!kept || !body) throw conflict('The body of the delivery is not there any more, so it cannot be replayed.');
  const request = { method, query: kept.query, headers: kept.headers };
  const common = { specversion: '1.0', id: eventId, workspace, depth: 0 } as const;

  if (subscriptionId !== undefined) {
    const subscription = await replayer.findSubscription(subscriptionId);
    const integration = subscription && (await findIntegration(subscription.integration));
    if (!integration) throw conflict('The subscription of the delivery was deleted, so it cannot be replayed.');
    const read = integration.read({ ...request, body, receivedAt: new Date(receivedAt), url: '' }, body, subscription.settings);
    const type = delivery.type ?? read.type ?? '';
    const envelope = await eventEnvelope(subscription, { eventId, type, read, headers: kept.headers, body, receivedAt });
    return toBusEvent(replayer.storePayload, integrationSource(integration.id), envelope);
  }
  if (delivery.triggerId === CLOUDEVENTS_TRIGGER_ID) {
    const { events } = await readCloudEvents({ headers: kept.headers, body }, 1);
    const [event] = events;
    if (!event) throw conflict('The event of the delivery cannot be read any more.');
    return toBusEvent(replayer.storePayload, CLOUDEVENTS_SOURCE, cloudEventEnvelope(event, { workspace, eventId, receivedAt }));
  }
  if (delivery.triggerId === CUSTOM_TRIGGER_ID) {
    const { type, subject, data = null } = v.parse(v.pipe(v.string(), v.parseJson(), customSchema), body.toString());
    const envelope = { ...common, source: `/workspaces/${workspace}/custom`, type, ...(subject && { subject }), time: receivedAt };
    return toBusEvent(replayer.storePayload, 'millrace.custom', { ...envelope, datacontenttype: 'application/json', data });
  }
  const trigger = addressed(delivery);
  const isWebhook = trigger.kind === 'webhook';
  const { data, contentType } = isWebhook ? await parseBody(kept.headers, body) : await parseBody(JSON_HEADERS, body);
  const params = isWebhook ? data : Object(data).properties;
  const envelope: Envelope = {
    ...common,
    source: `/workspaces/${workspace}/${trigger.kind}/${isWebhook ? trigger.id : trigger.workflowId}`,
    type: isWebhook ? EVENT_TYPES.webhook : EVENT_TYPES.manual,
    time: receivedAt,
    datacontenttype: contentType,
    data: params,
    trigger,
    ...(isWebhook && { request }),
  };
  return toBusEvent(replayer.storePayload, `millrace.${trigger.kind}`, envelope);
}

const customSchema = v.object({ type: v.string(), subject: v.optional(v.string()), data: v.optional(v.unknown()) });

const JSON_HEADERS = { 'content-type': 'application/json' };

function addressed({ triggerId, triggerKind, workflowId }: Delivery): AddressedTrigger {
  if (!triggerId || !triggerKind || !workflowId) throw conflict('The delivery names no trigger, so it cannot be replayed.');
  return { id: triggerId, kind: triggerKind, workflowId };
}

/**
 * Runs a delivery's event again: as new runs that are marked as a replay, of inactive workflows too. Without `triggerId` by the trigger it was for, or by
 * every event trigger that matches it; with it by that one alone, whatever its filter says. The same `name` again gives the same runs.
 *
 * Raises 404 for a trigger that there is not, 409 for a delivery that became no event, and 503 that tells the name when not all were started.
 */
export async function replayDelivery(
  replayer: Replayer,
  delivery: Delivery,
  { triggerId, name = randomUUID() }: { readonly triggerId?: string | undefined; readonly name?: string | undefined },
  now: Date,
): Promise<readonly Replayed[]> {
  const event = await eventOf(replayer, delivery);
  const triggers = await triggersFor(replayer, delivery, event, triggerId);
  const { eventId = '', workspace } = delivery;
  const happened = { ...event, eventId, workspace, time: delivery.receivedAt };
  const starts = await Promise.allSettled(
    triggers.map((trigger) => startAgain(replayer.startAgain, happened, trigger, { name, now })),
  );
  const failed = starts.find((start) => start.status === 'rejected');
  // Who was given no name could not repeat this replay: what was started would be started again, under another.
  if (failed) {
    if (failed.reason instanceof Problem) throw failed.reason;
    throw unavailable(`Not every run was started; replay again with the name "${name}", which starts none twice.`, failed.reason);
  }
  return triggers.map(({ id, workflowId }) => ({ activityId: idOfReplay(eventId, id, name), triggerId: id, workflowId }));
}

/** An event as it was on the bus. */
export interface HappenedEvent extends BusEvent {
  readonly eventId: string;
  readonly workspace: string;
  readonly time: string;
}

/**
 * Starts a trigger's workflow with an event again, as the run that is given; the same name again is the same run. The run is stored first, so that it can be
 * looked up from the moment that its id is told; one that the launcher is never told of is found by the reconciler. Raises 409 for a workflow that is gone.
 */
export async function startAgain(
  { findWorkflow, createRun, startLauncher }: StartAgain,
  event: HappenedEvent,
  trigger: AddressedTrigger,
  { name, now, rerunOf }: { readonly name: string; readonly now: Date; readonly rerunOf?: string },
): Promise<string> {
  const { eventId, workspace } = event;
  const workflow = await findWorkflow(workspace, trigger.workflowId);
  if (!workflow) throw conflict(`The workflow ${trigger.workflowId} is not there any more.`);
  const activityId = idOfReplay(eventId, trigger.id, name);
  const at = now.toISOString();
  await createRun({
    activityId,
    eventId,
    workspace,
    workflowId: trigger.workflowId,
    triggerId: trigger.id,
    triggerKind: trigger.kind,
    status: 'QUEUED',
    replayName: name,
    ...labelsOf(workflow, trigger),
    ...(rerunOf !== undefined && { rerunOf }),
    createdAt: at,
    changedAt: at,
  });
  await startLauncher(launcherInput(event, trigger, name));
  return activityId;
}

/** Of a run: those of its workflow and of its trigger, as the launcher puts them together. */
function labelsOf({ labels: common }: Workflow, { labels: own }: AddressedTrigger): { labels?: Labels } {
  return common || own ? { labels: { ...common, ...own } } : {};
}

/** As the launcher makes it of the replay's name (docs/decisions/0003). */
const idOfReplay = (eventId: string, triggerId: string, name: string): string =>
  `${activityIdOf(eventId, triggerId)}-r${createHash('sha256').update(name).digest('hex').slice(0, 7)}`;

/** The event as a rule would give it to the launcher. Its detail is JSON text already: parsed, large numbers would change. */
function launcherInput(
  { source, detailType, detail, eventId, time }: HappenedEvent,
  trigger: AddressedTrigger,
  name: string,
): string {
  const event = JSON.stringify({ id: eventId, source, 'detail-type': detailType, time, 'replay-name': name });
  return `{"trigger":${JSON.stringify(trigger)},"inactiveToo":true,"event":${event.slice(0, -1)},"detail":${detail}}}`;
}

async function triggersFor(
  { triggersOf }: Replayer,
  delivery: Delivery,
  event: BusEvent,
  triggerId: string | undefined,
): Promise<readonly AddressedTrigger[]> {
  const { workspace, subscriptionId } = delivery;
  // Those that name no workflow are for whoever listens.
  const isBroadcast = subscriptionId !== undefined || delivery.workflowId === undefined;
  if (!isBroadcast) {
    const trigger = addressed(delivery);
    if (triggerId === undefined || triggerId === trigger.id) return [trigger];
    throw conflict(`The delivery came in at the trigger ${trigger.id}, and only that one understands it.`);
  }
  // Those by AWS's own events understand nothing else.
  const events = (await triggersOf(workspace))
    .filter((trigger) => trigger.kind === 'event')
    .filter(({ source }) => source !== AWS_SOURCE);
  if (triggerId !== undefined) {
    const named = events.find((trigger) => trigger.triggerId === triggerId);
    if (!named) throw notFound(`There is no event trigger ${triggerId}.`);
    return [asAddressed(named)];
  }
  const happened = { source: event.source, 'detail-type': event.detailType, detail: JSON.parse(event.detail) };
  return events.filter((trigger) => trigger.enabled && compilePattern(eventPatternOf(trigger))(happened)).map(asAddressed);
}

const asAddressed = ({ triggerId: id, kind, workflowId, labels }: Trigger): AddressedTrigger => ({
  id,
  kind,
  workflowId,
  ...(labels && { labels }),
});

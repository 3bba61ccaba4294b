import { notFound } from '../../core/errors.ts';
import { clientAddress } from '../../core/net/addresses.ts';
import { receiveRunRequest } from '../../core/triggers/receive-run-request.ts';
import { receiveWebhook } from '../../core/triggers/receive-webhook.ts';
import { httpHandler } from '../middleware/http-handler.ts';
import { eventsAnswer, hookAnswer, runAnswer } from './answers.ts';
import { ingestEnvironment } from './env.ts';
import { openReceiver } from './receiver.ts';

const environment = ingestEnvironment.read();
const receiver = openReceiver(environment);
const trustedProxies = environment.TRUSTED_PROXIES === 'none' ? [] : environment.TRUSTED_PROXIES.split(',');

/** `ANY /webhook/{triggerId}`, `ANY /webhook/payload`, `ANY /hooks/{integration}/{subscriptionId}`, `ANY /events/{workspace}`, and `$default` for whatever no route takes. */
export const handler = httpHandler(async ({ routeKey, pathParameters, raw }) => {
  const incoming = { ...raw, sourceIp: clientAddress(raw.sourceIp, raw.headers['x-forwarded-for'], trustedProxies) };
  const { triggerId, integration, subscriptionId, workspace } = pathParameters ?? {};
  if (integration !== undefined && subscriptionId !== undefined) {
    // Providers are loaded when one calls, not at every cold start.
    const { receiveHook } = await import('../../core/subscriptions/receive-hook.ts');
    return hookAnswer(await receiveHook(receiver, integration, subscriptionId, incoming));
  }
  if (workspace !== undefined) {
    const { receiveCloudEvents } = await import('../../core/cloudevents/receive-cloud-events.ts');
    return eventsAnswer(await receiveCloudEvents(receiver, workspace, incoming));
  }
  if (triggerId !== undefined) return runAnswer(environment.PUBLIC_URL, await receiveWebhook(receiver, triggerId, incoming));
  if (routeKey === '$default') throw notFound('There is nothing at this address.');
  return runAnswer(environment.PUBLIC_URL, await receiveRunRequest(receiver, incoming));
});

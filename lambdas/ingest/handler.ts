import { notFound } from '../../core/errors.ts';
import { receiveRunRequest } from '../../core/triggers/receive-run-request.ts';
import { receiveWebhook } from '../../core/triggers/receive-webhook.ts';
import { httpHandler, json } from '../middleware/http-handler.ts';
import { ingestEnvironment } from './env.ts';
import { openReceiver } from './receiver.ts';

const environment = ingestEnvironment.read();
const receiver = openReceiver(environment);

/** `ANY /webhook/{triggerId}`, `ANY /webhook/payload`, and `$default` for whatever no route takes. */
export const handler = httpHandler(async ({ routeKey, pathParameters, raw }) => {
  const triggerId = pathParameters?.triggerId;
  if (triggerId === undefined && routeKey === '$default') throw notFound('There is nothing at this address.');
  const { activityId, duplicate } =
    triggerId === undefined ? await receiveRunRequest(receiver, raw) : await receiveWebhook(receiver, triggerId, raw);
  const statusUrl = `${environment.PUBLIC_URL}/webhook/status/${activityId}`;
  return json(202, { activityId, statusUrl, ...(duplicate && { duplicate }) }, { location: statusUrl });
});

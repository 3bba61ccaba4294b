import { methodNotAllowed } from '../../core/errors.ts';
import { statusViewOf } from '../../core/runs/status-view.ts';
import { httpHandler, json } from '../middleware/http-handler.ts';
import { queryEnvironment } from './env.ts';
import { openQuery } from './query.ts';

const query = openQuery(queryEnvironment.read());

/** `ANY /webhook/status/{activityId}`: GET tells how a run goes, DELETE cancels it; both answer with its status. */
export const handler = httpHandler(async ({ pathParameters, raw }) => {
  const { method, receivedAt: now } = raw;
  if (method !== 'GET' && method !== 'DELETE') throw methodNotAllowed(method, ['GET', 'DELETE']);
  const scope = method === 'GET' ? 'runs:read' : 'runs:cancel';
  const token = await query.admit(raw, scope);
  const activityId = pathParameters?.activityId ?? '';
  const { run, steps } = await (method === 'GET' ? query.runs.read : query.runs.cancel)(token, activityId, now);
  return json(200, statusViewOf(run, steps, now), { 'cache-control': 'no-store' });
});

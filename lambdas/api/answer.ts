import * as v from 'valibot';
import { forbidden, methodNotAllowed, notFound } from '../../core/errors.ts';
import { takeCredential } from '../../core/tokens/credential.ts';
import { allows } from '../../core/tokens/token.ts';
import type { HttpResult } from '../middleware/http-handler.ts';
import type { Api } from './api.ts';
import { callbackRoutes } from './callbacks.ts';
import { deliveryRoutes } from './deliveries.ts';
import { eventRoutes } from './events.ts';
import { integrationRoutes } from './integrations.ts';
import { notificationRoutes } from './notifications.ts';
import { type ApiRequest, type Route, route, routesAt } from './route.ts';
import { runRoutes } from './runs.ts';
import { scheduleRoutes } from './schedules.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { tokenRoutes } from './tokens.ts';
import { triggerTestRoutes } from './trigger-test.ts';
import { triggerRoutes } from './triggers.ts';
import { workflowRoutes } from './workflows.ts';
import { workspaceRoutes } from './workspace.ts';

const documentRoute: Route = route({
  method: 'GET',
  path: '/v1/openapi.json',
  summary: 'This document.',
  answer: v.looseObject({ openapi: v.string() }),
  // Asked for rarely: what makes JSON Schemas is loaded then, not at every cold start.
  handle: async (api) => (await import('./openapi.ts')).openApiDocument(ROUTES, api.publicUrl),
});

const ROUTES: readonly Route[] = [
  ...triggerTestRoutes,
  ...triggerRoutes,
  ...scheduleRoutes,
  ...deliveryRoutes,
  ...workspaceRoutes,
  ...notificationRoutes,
  ...eventRoutes,
  ...workflowRoutes,
  ...tokenRoutes,
  ...runRoutes,
  ...integrationRoutes,
  ...subscriptionRoutes,
  ...callbackRoutes,
  documentRoute,
];

/**
 * Answers a request to the management API. Raises 401 and 403 before anything else, so that only an admin learns what is there; then
 * 404 and 405, and what the route raises.
 */
export async function answer(api: Api, path: string, request: ApiRequest): Promise<HttpResult> {
  const token = await api.admit(request, 'admin');
  if (!allows(token, { scope: 'admin', workspace: token.workspace })) {
    throw forbidden('The token is bound to workflows; management needs one that is not.');
  }
  const { routes, id } = routesAt(ROUTES, path);
  if (routes.length === 0) throw notFound('There is nothing at this address.');
  const found = routes.find(({ method }) => method === request.method);
  if (!found) {
    throw methodNotAllowed(
      request.method,
      routes.map(({ method }) => method),
    );
  }
  return found.answerTo(api, takeCredential(request).request, token, id);
}

import * as v from 'valibot';
import { notFound } from '../../core/errors.ts';
import { findIntegration, INTEGRATIONS } from '../../core/integrations/catalogue.ts';
import type { Integration } from '../../core/integrations/integration.ts';
import { route } from './route.ts';

const eventView = v.object({ type: v.string(), title: v.string() });
const fullEventView = v.object({
  ...eventView.entries,
  schema: v.record(v.string(), v.unknown()),
  sample: v.object({ headers: v.record(v.string(), v.string()), body: v.unknown() }),
});
const entries = {
  id: v.string(),
  title: v.string(),
  docs: v.string(),
  verification: v.string(),
  secrets: v.array(
    v.object({ name: v.string(), title: v.string(), generated: v.boolean(), optional: v.optional(v.literal(true)) }),
  ),
  setup: v.array(v.string()),
  types: v.array(v.string()),
};
const integrationView = v.object({ ...entries, events: v.array(eventView) });
const fullIntegrationView = v.object({ ...entries, events: v.array(fullEventView) });

const viewOf = ({ id, title, docs, verification, secrets, setup, types }: Integration) => ({
  id,
  title,
  docs,
  verification,
  secrets: [...secrets],
  setup: [...setup],
  types: [...types],
});

async function listed(integration: Integration): Promise<v.InferInput<typeof integrationView>> {
  return { ...viewOf(integration), events: (await integration.events()).map(({ type, title }) => ({ type, title })) };
}

export const integrationRoutes = [
  route({
    method: 'GET',
    path: '/v1/integrations',
    summary: 'Lists the providers that subscriptions can be made for.',
    answer: v.object({ items: v.array(integrationView) }),
    handle: async () => {
      const integrations = await Promise.all(Object.values(INTEGRATIONS).map((load) => load()));
      return { items: await Promise.all(integrations.map(listed)) };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/integrations/{id}',
    summary: 'Shows a provider, with the schema and a sample of each event.',
    answer: fullIntegrationView,
    handle: async (_api, { id }) => {
      const integration = await findIntegration(id);
      if (!integration) throw notFound('There is no such integration; GET /v1/integrations lists them.');
      return { ...viewOf(integration), events: [...(await integration.events())] };
    },
  }),
];

import type { Integration } from './integration.ts';

/** Every integration, loaded when it is used. Adding one is its folder and a line here. */
export const INTEGRATIONS: Readonly<Record<string, () => Promise<Integration>>> = {
  github: async () => (await import('./github/github.ts')).github,
  gitlab: async () => (await import('./gitlab/gitlab.ts')).gitlab,
  stripe: async () => (await import('./stripe/stripe.ts')).stripe,
  shopify: async () => (await import('./shopify/shopify.ts')).shopify,
  slack: async () => (await import('./slack/slack.ts')).slack,
  linear: async () => (await import('./linear/linear.ts')).linear,
  lark: async () => (await import('./lark/lark.ts')).lark,
  authing: async () => (await import('./authing/authing.ts')).authing,
  'standard-webhooks': async () => (await import('./standard-webhooks/standard-webhooks.ts')).standardWebhooks,
  generic: async () => (await import('./generic/generic.ts')).generic,
};

/** The integration by its id, however a stranger wrote it. */
export async function findIntegration(id: string): Promise<Integration | undefined> {
  return Object.hasOwn(INTEGRATIONS, id) ? INTEGRATIONS[id]?.() : undefined;
}

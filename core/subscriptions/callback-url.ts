import type { Subscription } from './subscription.ts';

/** The address that a provider is given; `publicUrl` has no slash at its end. */
export const callbackUrl = (publicUrl: string, { integration, subscriptionId }: Subscription): string =>
  `${publicUrl}/hooks/${integration}/${subscriptionId}`;

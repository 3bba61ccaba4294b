import { task } from 'millrace/task';
import * as v from 'valibot';

const input = v.object({
  activityId: v.string(),
  orderId: v.string(),
  /** In the currency's smallest unit. */
  amount: v.number(),
  currency: v.string(),
  customer: v.string(),
});

/**
 * Stands for the call to a payment provider, and answers the record of the refund. Its id is made of the run's: a task that is tried again
 * makes the same refund, as a provider does that is given the id as its idempotency key.
 */
export const handler = task({ input }, ({ activityId, ...refund }) => ({ id: `refund-${activityId}`, ...refund }));

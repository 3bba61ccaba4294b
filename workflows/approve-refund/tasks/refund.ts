import * as v from 'valibot';

const inputSchema = v.object({
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
export async function handler(input: unknown): Promise<{ id: string } & Omit<v.InferOutput<typeof inputSchema>, 'activityId'>> {
  const { activityId, ...refund } = v.parse(inputSchema, input);
  return { id: `refund-${activityId}`, ...refund };
}

import * as v from 'valibot';

/** What it is not given a name for, it cannot write anywhere: the token, by which anyone could answer. */
const inputSchema = v.object({
  activityId: v.string(),
  orderId: v.string(),
  /** In the currency's smallest unit. */
  amount: v.number(),
  currency: v.string(),
});

/** Tells that someone has to decide, as one structured line in the log, which a metric filter or a subscription filter can pass on. */
export async function handler(input: unknown): Promise<void> {
  console.info({ message: 'A refund waits for approval.', ...v.parse(inputSchema, input) });
}

import { task } from 'millrace/task';
import * as v from 'valibot';

/** Not the token, by which anyone could answer: what the task does not read it cannot write anywhere. */
const input = v.object({
  orderId: v.string(),
  /** In the currency's smallest unit. */
  amount: v.number(),
  currency: v.string(),
});

/** Tells that someone has to decide, as one line in the log with the run's id, which a metric filter or a subscription can pass on. */
export const handler = task({ input }, (refund, { log }) => {
  log.info('A refund waits for approval.', refund);
});

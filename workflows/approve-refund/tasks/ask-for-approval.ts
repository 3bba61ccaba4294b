import { task } from 'millrace/task';
import * as v from 'valibot';

const input = v.object({
  /** Who is asked, and the page on which each decides. Whoever has a URL can decide: it goes into the message to that person, and into no log. */
  urls: v.array(v.object({ approver: v.string(), url: v.pipe(v.string(), v.url()) })),
  orderId: v.string(),
  /** In the currency's smallest unit. */
  amount: v.number(),
  currency: v.string(),
});

/**
 * Stands for the message to whoever decides: here your mail or chat call belongs, with each `url` in it. As it is it writes a line for each of
 * them to its log, which a metric filter or a subscription can pass on.
 */
export const handler = task({ input }, ({ urls, ...refund }, { log }) => {
  for (const { approver } of urls) log.info('A refund waits for approval.', { approver, ...refund });
});

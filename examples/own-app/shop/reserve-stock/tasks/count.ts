import { task } from 'millrace/task';
import * as v from 'valibot';

const input = v.object({ items: v.array(v.object({ sku: v.string(), amount: v.number() })) });

export const handler = task({ input }, ({ items }, { log }) => {
  log.info('Counting.', { kinds: items.length });
  return { pieces: items.reduce((sum, { amount }) => sum + amount, 0) };
});

import { task } from 'millrace/task';
import * as v from 'valibot';

const input = v.object({ name: v.string() });

export const handler = task({ input }, ({ name }, { log }) => {
  log.info('Greeting.');
  return { greeting: `Hello, ${name}!` };
});

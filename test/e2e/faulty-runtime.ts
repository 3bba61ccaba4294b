/**
 * The local runtime with a fault in it, started by the fault tests instead of local/main.ts: no status event of a run's end ever comes.
 * A POST of `{service, operation, input}` to the address printed makes one AWS call as the operator, who may do anything; a GET lists the
 * resources.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { createLog } from '../../local/log.ts';
import { startRuntime } from '../../local/runtime.ts';

const { values } = parseArgs({ options: { assembly: { type: 'string', default: '' }, verbose: { type: 'boolean' } } });
const runtime = await startRuntime({
  assemblyDir: values.assembly,
  stateDir: process.env.MILLRACE_STATE_DIR ?? '',
  port: 0,
  log: createLog({ verbose: true }),
  drop: ({ detail }) => (detail as { status?: string }).status !== 'RUNNING',
});

const operator = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (request.method === 'GET') return void response.end(JSON.stringify(runtime.deployment.resources));
  const { service, operation, input } = JSON.parse(Buffer.concat(chunks).toString());
  response.end(JSON.stringify(await runtime.call(service, operation, input, { kind: 'operator' })));
});
await new Promise<void>((resolve) => operator.listen(0, '127.0.0.1', resolve));
console.log(`Operator at http://127.0.0.1:${(operator.address() as AddressInfo).port}`);
console.log('Ready at last.');

process.once('SIGTERM', async () => {
  operator.close();
  await runtime.close();
  process.exit(0);
});

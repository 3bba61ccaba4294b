/**
 * The local runtime with a door for its operator, started by tests instead of local/main.ts. A POST of `{service, operation, input}` to the
 * address printed makes one AWS call as the operator, who may do anything; a GET lists the resources.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { createLog } from '../../local/log.ts';
import { type RuntimeOptions, startRuntime } from '../../local/runtime.ts';

/** Starts it as the command line and the environment say; `faults` are those of the runtime itself. */
export async function startOperated(faults: Pick<RuntimeOptions, 'drop' | 'clock'> = {}): Promise<void> {
  const { values } = parseArgs({ options: { assembly: { type: 'string', default: '' }, verbose: { type: 'boolean' } } });
  const runtime = await startRuntime({
    assemblyDir: values.assembly,
    stateDir: process.env.MILLRACE_STATE_DIR ?? '',
    port: 0,
    log: createLog({ verbose: true }),
    ...faults,
  });

  const operator = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'GET') return void response.end(JSON.stringify(runtime.deployment().resources));
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
}

if (import.meta.main) await startOperated();

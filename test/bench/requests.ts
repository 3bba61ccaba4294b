import { Agent, request } from 'node:http';
import { pathToFileURL } from 'node:url';
import type { Bundle } from './bundles.ts';
import { percentile } from './imports.ts';
import { FUNCTION_ENVIRONMENT, startStub } from './stub.ts';

const REQUESTS = 1_000;
const WARM_UP = 100;

type Handler = (event: unknown, context: unknown) => Promise<{ statusCode: number; body: string }>;

/** Calls the deployed bundle's handler, warm, against the stub, beside a bare keep-alive POST to the same stub. */
export async function measureRequests(ingest: Bundle): Promise<void> {
  const stub = await startStub();
  try {
    Object.assign(process.env, FUNCTION_ENVIRONMENT, { AWS_ENDPOINT_URL: stub.url });
    const { handler } = (await import(pathToFileURL(ingest.entry).href)) as { handler: Handler };
    const agent = new Agent({ keepAlive: true });
    const webhook = async (headers: Record<string, string>) => {
      const { statusCode, body } = await handler(anEvent(stub.token, headers), {});
      if (statusCode !== 202) throw new Error(`The handler answered ${statusCode}: ${body}`);
    };
    const cases: [string, () => Promise<void>][] = [
      ['a bare keep-alive POST', () => barePost(agent, stub.url)],
      ['a webhook', () => webhook({})],
      ['with an Idempotency-Key', () => webhook({ 'idempotency-key': crypto.randomUUID() })],
    ];
    const quiet = silence();
    const results = [];
    for (const [name, run] of cases) {
      for (let n = 0; n < WARM_UP; n++) await run();
      stub.read();
      const times: number[] = [];
      for (let n = 0; n < REQUESTS; n++) {
        const start = performance.now();
        await run();
        times.push(performance.now() - start);
      }
      results.push({ name, times, ...stub.read() });
    }
    quiet.restore();
    agent.destroy();
    report(results);
  } finally {
    stub.close();
  }
}

function report(results: { name: string; times: number[]; calls: Record<string, number>; connections: number }[]): void {
  const base = percentile(results[0]?.times ?? [], 0.5);
  console.log(`\nWarm requests (${REQUESTS}, one after the other, against a loopback stub)`);
  for (const { name, times, calls, connections } of results) {
    const p50 = percentile(times, 0.5);
    const perRequest = Object.entries(calls).map(([operation, count]) => `${(count / REQUESTS).toFixed(2)} ${operation}`);
    console.log(
      `  ${name.padEnd(28)} p50 ${p50.toFixed(2)} ms  p95 ${percentile(times, 0.95).toFixed(2)} ms  ${(p50 / base).toFixed(1)} x bare  ` +
        `calls per request: ${perRequest.join(', ')}; new connections: ${connections}`,
    );
  }
}

/** The handler logs a line a request; a thousand of them would bury the figures. */
function silence(): { restore: () => void } {
  const { info } = console;
  console.info = () => undefined;
  return {
    restore: () => {
      console.info = info;
    },
  };
}

const barePost = (agent: Agent, url: string) =>
  new Promise<void>((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent }, (answer) => answer.resume().on('end', resolve));
    outgoing.on('error', reject);
    outgoing.end('{"name":"Ada"}');
  });

const anEvent = (token: string, headers: Record<string, string>) => ({
  version: '2.0',
  routeKey: 'ANY /webhook/{triggerId}',
  rawPath: '/webhook/bench',
  rawQueryString: '',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  pathParameters: { triggerId: 'bench' },
  requestContext: {
    requestId: 'bench',
    timeEpoch: Date.now(),
    http: { method: 'POST', path: '/webhook/bench', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'bench' },
  },
  body: '{"name":"Ada"}',
  isBase64Encoded: false,
});

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsCall } from '../aws/service.ts';
import type { Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import type { Provisioners } from '../template/provisioner.ts';
import { apiProvisioners } from './api-provisioners.ts';
import { createGateway, type Delivered } from './gateway.ts';
import { GatewayError, internalError, unavailable } from './gateway-error.ts';
import type { HttpResponse } from './proxy-response.ts';

export interface HttpApiOptions {
  readonly call: AwsCall;
  readonly log: Log;
  readonly meter: Meter;
  /** 0 takes any free port. */
  readonly port: number;
  /** Told of every request that reached a route, after its answer is on its way. */
  readonly onRequest?: (delivered: Delivered) => void;
}

export interface HttpApi {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly baseUrl: string;
  readonly provisioners: Provisioners;
  /** Serves what is provisioned by now; before that every request gets 503. Throws an `Error` when the API has no stage. */
  open(): void;
  /** Takes no new requests and gives those under way two seconds. */
  close(): Promise<void>;
}

const SECONDS_TO_FINISH = 2;

/** API Gateway's HTTP API on one loopback port. Rejects with an `Error` of one sentence when the port is taken. */
export async function createHttpApi({ call, log, meter, port, onRequest }: HttpApiOptions): Promise<HttpApi> {
  let handle: ((request: IncomingMessage) => Promise<HttpResponse>) | undefined;
  // Larger than the limit that the gateway checks itself, so that what passes it a little gets API Gateway's own answer.
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    // What is answered while the server closes would leave its kept-alive connection open, and the server with it.
    response.once('close', () => server.listening || server.closeIdleConnections());
    void respond(request, response, handle, log);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `Port ${port} is in use; set MILLRACE_PORT to another one (0 takes any that is free).`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const domainName = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const baseUrl = `http://${domainName}`;
  const { provisioners, api } = apiProvisioners(baseUrl);

  return {
    baseUrl,
    provisioners,
    open() {
      const deployed = api();
      if (!deployed?.stage) throw new Error('The templates declare no HTTP API with a stage, so there is nothing to serve.');
      handle = createGateway({
        call,
        log,
        meter,
        domainName,
        api: deployed,
        stage: deployed.stage,
        ...(onRequest && { onRequest }),
      });
    },
    async close() {
      const forced = setTimeout(() => server.closeAllConnections(), SECONDS_TO_FINISH * 1000);
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeIdleConnections();
      });
      clearTimeout(forced);
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  handle: ((request: IncomingMessage) => Promise<HttpResponse>) | undefined,
  log: Log,
): Promise<void> {
  try {
    if (!handle) throw unavailable();
    const { statusCode, headers, cookies, body } = await handle(request);
    response.writeHead(statusCode, { ...headers, ...(cookies.length > 0 && { 'set-cookie': [...cookies] }) });
    response.end(body);
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    // A defect of the runtime itself; its message may quote the request.
    if (!(error instanceof GatewayError))
      log.line(`The HTTP API failed on a request (${error instanceof Error ? error.name : typeof error}).`);
    const { status, message } = error instanceof GatewayError ? error : internalError();
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(!handle && { 'retry-after': '1' }),
    });
    response.end(JSON.stringify({ message }));
  }
}

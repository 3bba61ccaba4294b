import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';

/** Where custom resources' answers arrive: stands in for the presigned S3 URLs that CloudFormation gives out. */
export interface ResponseServer {
  /** A fresh URL, and the body of the first PUT to it. */
  expect(): Promise<{ readonly url: string; readonly answer: Promise<string> }>;
  close(): Promise<void>;
}

/** Listens on a free loopback port from the first `expect` until `close`. */
export function createResponseServer(): ResponseServer {
  const waiting = new Map<string, (body: string) => void>();
  let listening: Promise<Server> | undefined;

  const receive = async (request: IncomingMessage): Promise<number> => {
    const path = request.url ?? '';
    const body = await text(request);
    const deliver = request.method === 'PUT' ? waiting.get(path) : undefined;
    waiting.delete(path);
    deliver?.(body);
    return deliver ? 200 : 403;
  };

  const listen = (): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer((request, response) => {
        receive(request).then(
          (status) => response.writeHead(status).end(),
          () => response.destroy(),
        );
      });
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(server));
    });

  return {
    async expect() {
      listening ??= listen();
      const address = (await listening).address();
      if (address === null || typeof address === 'string') throw new Error('The server for custom resources has no port.');
      const path = `/${randomUUID()}`;
      const answer = new Promise<string>((resolve) => void waiting.set(path, resolve));
      return { url: `http://127.0.0.1:${address.port}${path}`, answer };
    },
    async close() {
      const server = await listening;
      listening = undefined;
      waiting.clear();
      if (!server) return;
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

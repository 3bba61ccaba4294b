import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  /** By their lower-case names. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
}

/** A response with more bytes than were allowed. */
export class ResponseTooLargeError extends Error {
  constructor(maximum: number) {
    super(`The response has more than ${maximum} bytes.`);
    this.name = 'ResponseTooLargeError';
  }
}

/**
 * Sends a request and reads the whole response; redirects are not followed. Unlike `fetch` it sends a body with any method. Rejects with
 * `ResponseTooLargeError`, an `AbortError`, or the system's error when there is no connection.
 */
export function send(
  message: HttpRequest,
  limits: { readonly maximumBytes: number; readonly signal: AbortSignal },
): Promise<HttpResponse> {
  const { method, url, headers, body } = message;
  const { maximumBytes, signal } = limits;
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? requestHttps : requestHttp;
    // Without an agent that keeps connections: the runtime can stop at once, and no idle connection is closed under a request.
    const outgoing = open(url, { method, headers: { ...headers }, agent: false, signal }, (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maximumBytes) outgoing.destroy(new ResponseTooLargeError(maximumBytes));
        else chunks.push(chunk);
      });
      incoming.once('error', reject);
      incoming.once('end', () => {
        const { statusCode = 0, statusMessage = '', headersDistinct } = incoming;
        const entries = Object.entries(headersDistinct).map(([name, values = []]) => [name, values] as const);
        resolve({
          status: statusCode,
          statusText: statusMessage,
          headers: Object.fromEntries(entries),
          body: Buffer.concat(chunks),
        });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

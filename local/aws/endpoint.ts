import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jsonProtocol } from './json-protocol.ts';
import { lambdaProtocol } from './lambda-protocol.ts';
import type { Protocol, ProtocolRequest, ProtocolResponse } from './protocol.ts';
import { queryProtocol } from './query-protocol.ts';
import { s3Protocol } from './s3-protocol.ts';
import { schedulerProtocol } from './scheduler-protocol.ts';
import { type AwsCall, AwsError, type Caller } from './service.ts';

export interface AwsEndpoint {
  /** For `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** Stops listening and destroys open connections. */
  close(): Promise<void>;
}

/** Larger than any request that a supported service takes (DynamoDB's 16 MB batch), with room for objects. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * The HTTP endpoint that AWS SDK clients of the functions use, on a free loopback port. Service and caller come from the SigV4
 * `Authorization` header; the signature itself is not checked, because only this machine reaches the port and the access keys are random.
 * `callerOf` gives the caller of an access key id, or undefined for an unknown one.
 */
export async function createEndpoint(options: {
  call: AwsCall;
  callerOf: (accessKeyId: string) => Caller | undefined;
}): Promise<AwsEndpoint> {
  const server = createServer((incoming, outgoing) => {
    respond(options, incoming).then(
      (response) => send(outgoing, response),
      // The client has gone away while it was sending: there is nobody to answer.
      () => outgoing.destroy(),
    );
  });
  // An idle connection that the server closes while the client writes to it would cost the client a retry.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  { call, callerOf }: { call: AwsCall; callerOf: (accessKeyId: string) => Caller | undefined },
  incoming: IncomingMessage,
): Promise<ProtocolResponse> {
  const [path = '/', query = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
  const head = { method: incoming.method ?? '', path, query: new URLSearchParams(query), headers: incoming.headers };
  const credential = readCredential(incoming.headers.authorization);
  const protocol = protocolOf(credential?.service);
  const body = await readBody(incoming);
  const request: ProtocolRequest = { ...head, body: body ?? Buffer.alloc(0) };
  try {
    if (!body) throw new AwsError('RequestEntityTooLarge', 'The request body is too large.', 413);
    if (!credential) throw new AwsError('MissingAuthenticationTokenException', 'Request is missing Authentication Token', 403);
    const caller = callerOf(credential.accessKeyId);
    if (!caller) throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.', 403);
    const { operation, input } = protocol.read(request);
    return protocol.answer(operation, await call(credential.service, operation, input, caller), request);
  } catch (error) {
    return protocol.fail(error instanceof AwsError ? error : new AwsError('InternalFailure', 'Internal failure.', 500), request);
  }
}

function protocolOf(service: string | undefined): Protocol {
  if (service === 's3') return s3Protocol;
  if (service === 'scheduler') return schedulerProtocol;
  if (service === 'sns') return queryProtocol;
  return service === 'lambda' ? lambdaProtocol : jsonProtocol;
}

/** `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, ...` (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html). */
function readCredential(authorization: string | undefined): { accessKeyId: string; service: string } | undefined {
  const [, accessKeyId, service] = /Credential=([^/\s,]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(authorization ?? '') ?? [];
  return accessKeyId !== undefined && service !== undefined ? { accessKeyId, service } : undefined;
}

/** The whole body, or undefined when it is over the limit; read to its end even then, so that the connection can be used again. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

function send(outgoing: ServerResponse, { status, headers, body }: ProtocolResponse): void {
  const length = headers['content-length'] ?? String(body === undefined ? 0 : Buffer.byteLength(body));
  outgoing.writeHead(status, {
    'x-amzn-requestid': randomUUID(),
    ...headers,
    ...(status !== 204 && { 'content-length': length }),
  });
  outgoing.end(body);
}

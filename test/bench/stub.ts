import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mintToken } from '../../core/tokens/secret.ts';

export const FUNCTION_ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  TABLE_NAME: 'table',
  BUS_NAME: 'bus',
  PAYLOAD_BUCKET: 'bucket',
  SECRETS_KEY_ARN: 'arn:aws:kms:us-east-1:123456789012:key/bench',
  TRUSTED_PROXIES: 'none',
  PUBLIC_URL: 'http://127.0.0.1',
};

/** A loopback stand-in for DynamoDB and EventBridge that knows one trigger and one token, and counts. */
export async function startStub() {
  const { tokenId, text, secretHash } = mintToken();
  const trigger = {
    triggerId: 'bench',
    workspace: 'default',
    workflowId: 'bench',
    kind: 'webhook',
    enabled: true,
    methods: ['POST'],
    auth: 'token',
    deduplicate: 'key',
  };
  const workflow = {
    workspace: 'default',
    workflowId: 'bench',
    name: 'Bench',
    active: true,
    revision: '1',
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:bench',
    stateMachineVersionArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:bench:1',
    triggerIds: ['bench'],
    declaredBy: 'bench',
    updatedAt: '2026-01-01T00:00:00.000Z',
  };
  const token = {
    tokenId,
    workspace: 'default',
    name: 'bench',
    scopes: ['trigger'],
    createdAt: new Date().toISOString(),
    lastUsedAt: '9999-01-01T00:00:00.000Z',
    secretHash,
  };
  const calls = new Map<string, number>();
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const operation =
        String(request.headers['x-amz-target'] ?? 'bare')
          .split('.')
          .at(-1) ?? '';
      calls.set(operation, (calls.get(operation) ?? 0) + 1);
      const body = Buffer.concat(chunks).toString();
      const item = body.includes('TOKEN#') ? token : body.includes('WORKFLOW#') ? workflow : trigger;
      const answer =
        operation === 'GetItem'
          ? { Item: marshall(item) }
          : operation === 'PutEvents'
            ? { FailedEntryCount: 0, Entries: [{ EventId: '1' }] }
            : {};
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    token: text,
    /** Calls by operation and connections opened since the last reading. */
    read() {
      const reading = { calls: Object.fromEntries(calls), connections };
      calls.clear();
      connections = 0;
      return reading;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

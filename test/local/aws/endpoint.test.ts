import { Readable } from 'node:stream';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { DetailedAwsError } from '../../../local/aws/detailed-error.ts';
import { createEndpoint } from '../../../local/aws/endpoint.ts';
import { AwsError, type Caller, type Json } from '../../../local/aws/service.ts';

const caller: Caller = { kind: 'role', arn: 'arn:aws:iam::123456789012:role/ingest' };

interface Call {
  service: string;
  operation: string;
  input: Json;
  caller: Caller;
}

let cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

async function prepare(answer: (call: Call) => Json = () => ({})) {
  const calls: Call[] = [];
  const endpoint = await createEndpoint({
    async call(service, operation, input, who) {
      const call = { service, operation, input, caller: who };
      calls.push(call);
      return answer(call);
    },
    callerOf: (accessKeyId) => (accessKeyId === 'AKIDKNOWN' ? caller : undefined),
  });
  cleanups.push(() => endpoint.close());
  const config = (accessKeyId = 'AKIDKNOWN') => ({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  const closing = <Client extends { destroy(): void }>(client: Client): Client => {
    cleanups.push(() => client.destroy());
    return client;
  };
  return { calls, config, closing, url: endpoint.url };
}

describe('the endpoint for AWS SDK clients', () => {
  test('carries AWS JSON calls of each client with their caller', async () => {
    const { calls, config, closing } = await prepare(({ service }) =>
      service === 'states'
        ? { executionArn: 'arn', stateMachineArn: 'arn', status: 'RUNNING', startDate: new Date('2026-01-02T03:04:05.678Z') }
        : {},
    );

    await closing(new DynamoDBClient(config())).send(
      new GetItemCommand({ TableName: 'state', Key: { pk: { B: Buffer.from('a') } } }),
    );
    await closing(new EventBridgeClient(config())).send(
      new PutEventsCommand({ Entries: [{ Source: 'a', DetailType: 'b', Detail: '{}', Time: new Date(1500) }] }),
    );
    await closing(new SQSClient(config())).send(new GetQueueUrlCommand({ QueueName: 'dead' }));
    const execution = await closing(new SFNClient(config())).send(new DescribeExecutionCommand({ executionArn: 'arn' }));

    expect(calls).toEqual([
      { service: 'dynamodb', operation: 'GetItem', input: { TableName: 'state', Key: { pk: { B: 'YQ==' } } }, caller },
      {
        service: 'events',
        operation: 'PutEvents',
        input: { Entries: [{ Source: 'a', DetailType: 'b', Detail: '{}', Time: 1.5 }] },
        caller,
      },
      { service: 'sqs', operation: 'GetQueueUrl', input: { QueueName: 'dead' }, caller },
      { service: 'states', operation: 'DescribeExecution', input: { executionArn: 'arn' }, caller },
    ]);
    expect(execution.startDate).toEqual(new Date('2026-01-02T03:04:05.678Z'));
  });

  test('carries Invoke of a function, its answer and its failure', async () => {
    // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    const { calls, config, closing } = await prepare(({ input }) =>
      input.InvocationType === 'Event'
        ? { StatusCode: 202 }
        : { StatusCode: 200, FunctionError: 'Unhandled', Payload: '{"errorMessage":"no"}' },
    );
    const lambda = closing(new LambdaClient(config()));
    const FunctionName = 'arn:aws:lambda:us-east-1:123456789012:function:greet';

    const failed = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{"a":"ü"}', Qualifier: '2' }));
    const accepted = await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));

    expect(calls[0]?.input).toEqual({
      FunctionName,
      InvocationType: 'RequestResponse',
      Payload: '{"a":"ü"}',
      Qualifier: '2',
    });
    expect(failed).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(failed.Payload?.transformToString()).toBe('{"errorMessage":"no"}');
    expect(accepted.StatusCode).toBe(202);
  });

  test('carries S3 objects as bytes, also those that the SDK sends in chunks with a trailing checksum', async () => {
    const { calls, config, closing } = await prepare(({ operation, input }) =>
      operation === 'GetObject'
        ? { Body: Buffer.from([0, 255, 1]), ContentType: 'image/x', ContentLength: 3, ETag: '"e"', Metadata: { a: 'b' } }
        : { ETag: '"e"', ...(operation === 'HeadObject' && { ContentLength: 7, ContentType: String(input.Key) }) },
    );
    const s3 = closing(new S3Client(config()));
    const place = { Bucket: 'payloads', Key: 'default/a b/ü.json' };

    await s3.send(new PutObjectCommand({ ...place, Body: Buffer.from([0, 255, 1]), ContentType: 'image/x', Metadata: { a: 'b' } }));
    const chunks = Readable.from([Buffer.from('hello '), Buffer.from('stream')]);
    await s3.send(new PutObjectCommand({ ...place, Body: chunks, ContentLength: 12, ContentEncoding: 'gzip' }));
    const got = await s3.send(new GetObjectCommand(place));
    const head = await s3.send(new HeadObjectCommand({ ...place, Key: 'k' }));

    expect(calls[0]).toMatchObject({ service: 's3', operation: 'PutObject', input: { ...place, ContentType: 'image/x' } });
    expect(calls[0]?.input.Body).toEqual(Buffer.from([0, 255, 1]));
    expect(calls[0]?.input.Metadata).toEqual({ a: 'b' });
    expect(String(calls[1]?.input.Body)).toBe('hello stream');
    expect(calls[1]?.input.ContentEncoding).toBe('gzip');
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(Buffer.from([0, 255, 1]));
    expect(got).toMatchObject({ ContentType: 'image/x', ETag: '"e"', Metadata: { a: 'b' } });
    expect(head).toMatchObject({ ContentLength: 7, ContentType: 'k' });
  });

  test('gives errors as each protocol does', async () => {
    const { config, closing } = await prepare(({ service }) => {
      if (service === 'dynamodb')
        throw new DetailedAwsError('ConditionalCheckFailedException', 'taken', { Item: { pk: { S: 'a' } } });
      if (service === 'sqs') throw new AwsError('QueueDoesNotExist', 'no queue');
      throw new AwsError('AccessDeniedException', 'not <authorized>');
    });
    const place = { Bucket: 'payloads', Key: 'key' };

    const dynamodb = closing(new DynamoDBClient(config())).send(new PutItemCommand({ TableName: 'state', Item: {} }));
    await expect(dynamodb).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item: { pk: { S: 'a' } } });
    const sqs = closing(new SQSClient(config())).send(new GetQueueUrlCommand({ QueueName: 'dead' }));
    await expect(sqs).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    const events = closing(new EventBridgeClient(config())).send(new PutEventsCommand({ Entries: [] }));
    await expect(events).rejects.toMatchObject({ name: 'AccessDeniedException', message: 'not <authorized>' });
    const lambda = closing(new LambdaClient(config())).send(new InvokeCommand({ FunctionName: 'greet' }));
    await expect(lambda).rejects.toMatchObject({ name: 'AccessDeniedException' });
    // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
    const s3 = closing(new S3Client(config())).send(new GetObjectCommand(place));
    await expect(s3).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'not <authorized>',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('refuses an access key that it did not give out', async () => {
    const { calls, config, closing } = await prepare();

    const dynamodb = closing(new DynamoDBClient(config('AKIDOTHER'))).send(new GetItemCommand({ TableName: 'state', Key: {} }));
    await expect(dynamodb).rejects.toMatchObject({ name: 'UnrecognizedClientException', $metadata: { httpStatusCode: 403 } });
    const s3 = closing(new S3Client(config('AKIDOTHER'))).send(new GetObjectCommand({ Bucket: 'payloads', Key: 'key' }));
    await expect(s3).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });

    expect(calls).toEqual([]);
  });

  test('refuses S3 features that it would otherwise ignore', async () => {
    const { calls, config, closing } = await prepare();
    const s3 = closing(new S3Client(config()));

    const ranged = s3.send(new GetObjectCommand({ Bucket: 'payloads', Key: 'key', Range: 'bytes=0-1' }));
    await expect(ranged).rejects.toMatchObject({ name: 'NotImplemented' });
    const tagged = s3.send(new PutObjectCommand({ Bucket: 'payloads', Key: 'key', Body: 'x', Tagging: 'a=b' }));
    await expect(tagged).rejects.toMatchObject({ name: 'NotImplemented' });

    expect(calls).toEqual([]);
  });

  test('refuses a request without credentials and a body that is not JSON', async () => {
    const { url } = await prepare();
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIDKNOWN/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';

    const anonymous = await fetch(url, { method: 'POST', body: '{}' });
    const broken = await fetch(url, {
      method: 'POST',
      headers: { authorization, 'x-amz-target': 'DynamoDB_20120810.GetItem' },
      body: '{"secret',
    });

    expect(anonymous.status).toBe(403);
    expect(await anonymous.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toEqual({ __type: 'SerializationException', message: 'The request body is not a JSON object.' });
  });
});

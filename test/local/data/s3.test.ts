import { DatabaseSync } from 'node:sqlite';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RequiredPermission } from '../../../local/aws/service.ts';
import { createS3 } from '../../../local/data/s3.ts';
import { createMeter, type Meter } from '../../../local/meter.ts';
import type { TemplateResource } from '../../../local/template/provisioner.ts';
import { createManualClock, eventually, type ManualClock } from '../manual-clock.ts';
import { resource, serveToSdk, silentLog } from './sdk.ts';

let db: DatabaseSync;
let clock: ManualClock;
let meter: Meter;
let closing: (() => unknown)[];

beforeEach(() => {
  db = new DatabaseSync(':memory:');
  clock = createManualClock(Date.parse('2026-01-01T15:00:00.000Z'));
  meter = createMeter();
  closing = [() => db.close()];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function prepare(
  properties: TemplateResource['properties'] = {},
  allows: (permission: RequiredPermission) => boolean = () => true,
) {
  const s3 = createS3({ db, clock, meter, log: silentLog });
  const { config, close } = await serveToSdk({ services: [s3.service], meter, allows });
  const client = new S3Client(config);
  closing.push(close, () => client.destroy(), s3.close);
  const provision = async (more: TemplateResource['properties']) =>
    s3.provisioners['AWS::S3::Bucket']?.(resource('AWS::S3::Bucket', more, 'Payloads'));
  const bucket = await provision(properties);
  return { s3, client, provision, bucket, Bucket: bucket?.ref ?? '' };
}

const place = (Bucket: string, Key = 'default/a b/ü.json') => ({ Bucket, Key });

describe('an object', () => {
  test('is kept with its content headers and metadata, over a restart too', async () => {
    const { client, Bucket } = await prepare();
    const Body = Buffer.from([0, 255, 10, 13]);
    await client.send(
      new PutObjectCommand({
        ...place(Bucket),
        Body,
        ContentType: 'application/json',
        ContentEncoding: 'gzip',
        Metadata: { run: 'a' },
      }),
    );

    const { client: later } = await prepare();
    const got = await later.send(new GetObjectCommand(place(Bucket)));
    const head = await later.send(new HeadObjectCommand(place(Bucket)));

    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(Body);
    const described = {
      ContentType: 'application/json',
      ContentEncoding: 'gzip',
      ContentLength: 4,
      Metadata: { run: 'a' },
      LastModified: new Date(clock.now()),
    };
    expect(got).toMatchObject(described);
    expect(head).toMatchObject({ ...described, ETag: got.ETag });
    expect(meter.read()).toMatchObject({ 's3.putRequests': 1, 's3.getRequests': 2 });
  });

  test('is overwritten, unless the writer says it must be new', async () => {
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    const { client, Bucket } = await prepare();
    const put = (Body: string, IfNoneMatch?: string) =>
      client.send(new PutObjectCommand({ ...place(Bucket), Body, ...(IfNoneMatch && { IfNoneMatch }) }));

    await put('first', '*');
    await expect(put('second', '*')).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await put('third');

    const got = await client.send(new GetObjectCommand(place(Bucket)));
    expect(await got.Body?.transformToString()).toBe('third');
  });

  test('that is missing is told as S3 does, and deleting it is no error', async () => {
    const { client, Bucket } = await prepare();

    await client.send(new DeleteObjectCommand(place(Bucket)));

    await expect(client.send(new GetObjectCommand(place(Bucket)))).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(client.send(new HeadObjectCommand(place(Bucket)))).rejects.toMatchObject({ name: 'NotFound' });
    await expect(client.send(new GetObjectCommand(place('other-bucket')))).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  test('needs the permission of its operation on its ARN', async () => {
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    const asked: RequiredPermission[] = [];
    const { client, Bucket } = await prepare({}, (permission) => {
      asked.push(permission);
      return false;
    });

    const put = client.send(new PutObjectCommand({ ...place(Bucket, 'k'), Body: 'x' }));
    await expect(put).rejects.toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    await expect(client.send(new HeadObjectCommand(place(Bucket, 'k')))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    await expect(client.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({ name: 'AccessDenied' });

    expect(asked).toEqual([
      { action: 's3:PutObject', resource: `arn:aws:s3:::${Bucket}/k` },
      { action: 's3:GetObject', resource: `arn:aws:s3:::${Bucket}/k` },
      { action: 's3:ListBucket', resource: `arn:aws:s3:::${Bucket}` },
    ]);
  });
});

describe('a bucket', () => {
  test('has the values that templates refer to', async () => {
    const { bucket } = await prepare();

    expect(bucket).toEqual({
      ref: 'stack-payloads',
      attributes: {
        Arn: 'arn:aws:s3:::stack-payloads',
        DomainName: 'stack-payloads.s3.amazonaws.com',
        RegionalDomainName: 'stack-payloads.s3.us-east-1.amazonaws.com',
      },
    });
  });

  test('lists its objects by prefix, page by page', async () => {
    const { client, Bucket } = await prepare();
    for (const Key of ['a/1', 'a/2', 'a/3', 'b/1']) await client.send(new PutObjectCommand({ ...place(Bucket, Key), Body: Key }));

    const first = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/', MaxKeys: 2 }));
    const second = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: 'a/', ContinuationToken: first.NextContinuationToken }),
    );

    expect(first.Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([
      ['a/1', 3],
      ['a/2', 3],
    ]);
    expect(first.IsTruncated).toBe(true);
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(['a/3']);
    expect(second.IsTruncated).toBe(false);
  });

  test('deletes objects at the midnight after their days have passed', async () => {
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-number-of-days
    const { s3, client, Bucket } = await prepare({
      LifecycleConfiguration: {
        Rules: [
          { Status: 'Enabled', Prefix: 'old/', ExpirationInDays: 2, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
        ],
      },
    });
    for (const Key of ['old/a', 'new/a']) await client.send(new PutObjectCommand({ ...place(Bucket, Key), Body: 'x' }));
    const keys = async () => (await client.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key);
    const hour = 60 * 60 * 1000;

    s3.start();
    clock.advance(56 * hour);
    await eventually(() => clock.sleepers() === 1);
    const before = await keys();
    clock.advance(hour);
    await eventually(async () => (await keys())?.length === 1);

    expect(before).toEqual(['new/a', 'old/a']);
    expect(await keys()).toEqual(['new/a']);
  });

  test('refuses what is not supported, by name', async () => {
    const { provision } = await prepare();

    for (const name of ['NotificationConfiguration', 'ReplicationConfiguration', 'WebsiteConfiguration']) {
      await expect(provision({ [name]: {} })).rejects.toThrow(new RegExp(`AWS::S3::Bucket Payloads of stack .*${name}`));
    }
  });
});

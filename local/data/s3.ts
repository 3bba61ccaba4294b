import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { AwsError, type AwsService, type Json } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import { LOCAL_REGION, type Provisioners } from '../template/provisioner.ts';
import { parseInput } from './input.ts';
import { type Bucket, bucketOf } from './s3-bucket.ts';
import { createS3Objects, type ObjectHead } from './s3-objects.ts';

export interface LocalS3 {
  readonly service: AwsService;
  readonly provisioners: Provisioners;
  /** Deletes expired objects now and every hour. */
  start(): void;
  close(): void;
}

const place = { Bucket: v.string(), Key: v.pipe(v.string(), v.nonEmpty(), v.maxBytes(1024)) };
const contentHeaders = {
  ContentType: v.optional(v.string()),
  ContentEncoding: v.optional(v.string()),
  ContentLanguage: v.optional(v.string()),
  ContentDisposition: v.optional(v.string()),
  CacheControl: v.optional(v.string()),
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html */
const schemas = {
  PutObject: v.strictObject({
    ...place,
    ...contentHeaders,
    Body: v.optional(v.union([v.instance(Uint8Array), v.string()]), ''),
    Metadata: v.optional(v.record(v.string(), v.string()), {}),
    IfNoneMatch: v.optional(v.literal('*')),
  }),
  GetObject: v.strictObject(place),
  HeadObject: v.strictObject(place),
  DeleteObject: v.strictObject(place),
  ListObjectsV2: v.strictObject({
    Bucket: v.string(),
    Prefix: v.optional(v.string(), ''),
    StartAfter: v.optional(v.string(), ''),
    ContinuationToken: v.optional(v.string()),
    MaxKeys: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.transform((keys) => Math.min(keys, 1000)),
      ),
      1000,
    ),
  }),
};
type Operation = keyof typeof schemas;
type Input<O extends Operation> = v.InferOutput<(typeof schemas)[O]>;

/** Reading an object needs GetObject even for its head, and a list needs ListBucket on the bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
const ACTIONS: Readonly<Record<string, string>> = { HeadObject: 's3:GetObject', ListObjectsV2: 's3:ListBucket' };

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/**
 * S3 without versions, its objects in SQLite; bodies are `Uint8Array` in `Body`. Objects expire by the bucket's lifecycle rules.
 * Counts `s3.putRequests` (lists too, which cost the same; deletions cost nothing) and `s3.getRequests`.
 */
export function createS3(options: { db: DatabaseSync; clock: Clock; meter: Meter; log: Log }): LocalS3 {
  const { db, clock, meter, log } = options;
  const buckets = new Map<string, Bucket>();
  const objects = createS3Objects(db);
  const stopped = new AbortController();

  function existing(bucket: string, key: string): ObjectHead {
    const object = objects.head(bucket, key);
    if (!object) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    return object;
  }

  const operations: { [O in Operation]: (input: Input<O>) => Json } = {
    PutObject({ Bucket, Key, Body, Metadata, IfNoneMatch, ...headers }) {
      if (IfNoneMatch !== undefined && objects.head(Bucket, Key)) {
        throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold.', 412);
      }
      const bytes = typeof Body === 'string' ? Buffer.from(Body) : Body;
      const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
      const present = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const kept = { ContentType: 'binary/octet-stream', ...Object.fromEntries(present) };
      objects.put(
        Bucket,
        { key: Key, etag, size: bytes.length, modifiedAt: clock.now(), headers: kept, metadata: Metadata },
        bytes,
      );
      return { ETag: etag };
    },
    GetObject: ({ Bucket, Key }) => ({ ...headOf(existing(Bucket, Key)), Body: objects.body(Bucket, Key) }),
    HeadObject: ({ Bucket, Key }) => headOf(existing(Bucket, Key)),
    DeleteObject({ Bucket, Key }) {
      objects.delete(Bucket, Key);
      return {};
    },
    ListObjectsV2({ Bucket, Prefix, StartAfter, ContinuationToken, MaxKeys }) {
      const after = ContinuationToken === undefined ? StartAfter : Buffer.from(ContinuationToken, 'base64url').toString();
      const found = objects.list(Bucket, { prefix: Prefix, after, maximum: MaxKeys + 1 });
      const page = found.slice(0, MaxKeys);
      const last = page.at(-1)?.key ?? '';
      return {
        Name: Bucket,
        Prefix,
        MaxKeys,
        KeyCount: page.length,
        IsTruncated: found.length > MaxKeys,
        ...(found.length > MaxKeys && { NextContinuationToken: Buffer.from(last).toString('base64url') }),
        Contents: page.map(({ key, size, etag, modifiedAt }) => ({
          Key: key,
          Size: size,
          ETag: etag,
          LastModified: new Date(modifiedAt),
        })),
      };
    },
  };

  function run<O extends Operation>(operation: O, given: Json): Json {
    const input = parseInput(schemas[operation], given, 'InvalidArgument') as Input<O>;
    if (!buckets.has(input.Bucket)) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist.', 404);
    if (operation === 'PutObject' || operation === 'ListObjectsV2') meter.add('s3.putRequests', 1);
    else if (operation !== 'DeleteObject') meter.add('s3.getRequests', 1);
    return operations[operation](input);
  }

  async function sweepHourly(): Promise<void> {
    while (!stopped.signal.aborted) {
      for (const { name, expirations } of buckets.values()) {
        for (const { prefix, days } of expirations) {
          const expired = objects.expire(name, prefix, expiredBefore(clock.now(), days));
          if (expired > 0) log.detail(`s3 deleted ${expired} expired objects from ${name}`);
        }
      }
      // The sleep rejects when the service closes.
      await clock.sleep(HOUR, stopped.signal).catch(() => undefined);
    }
  }

  return {
    service: {
      name: 's3',
      permissions(operation, { Bucket, Key }) {
        const resource = operation === 'ListObjectsV2' ? bucketArn(String(Bucket)) : `${bucketArn(String(Bucket))}/${String(Key)}`;
        return [{ action: ACTIONS[operation] ?? `s3:${operation}`, resource }];
      },
      async call(operation, input) {
        if (!isOperation(operation)) throw new AwsError('UnknownOperationException', `S3 ${operation} is not supported locally.`);
        return run(operation, input);
      },
    },
    provisioners: {
      'AWS::S3::Bucket': (resource) => {
        const bucket = bucketOf(resource);
        buckets.set(bucket.name, bucket);
        return {
          ref: bucket.name,
          attributes: {
            Arn: bucketArn(bucket.name),
            DomainName: `${bucket.name}.s3.amazonaws.com`,
            RegionalDomainName: `${bucket.name}.s3.${LOCAL_REGION}.amazonaws.com`,
          },
        };
      },
    },
    start: () => void sweepHourly(),
    close: () => stopped.abort(),
  };
}

const isOperation = (operation: string): operation is Operation => Object.hasOwn(schemas, operation);

const bucketArn = (name: string) => `arn:aws:s3:::${name}`;

const headOf = ({ headers, metadata, etag, size, modifiedAt }: ObjectHead): Json => ({
  ...headers,
  Metadata: metadata,
  ETag: etag,
  ContentLength: size,
  LastModified: new Date(modifiedAt),
});

/**
 * S3 adds the days to the time of writing and rounds up to the next midnight UTC
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-number-of-days).
 */
const expiredBefore = (now: number, days: number): number => Math.floor(now / DAY) * DAY - days * DAY;

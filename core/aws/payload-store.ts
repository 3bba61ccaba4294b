import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { StoreBody } from '../deliveries/content.ts';
import { clientSettings } from './client-settings.ts';

/** Stores data too large for the bus; gives its `s3://bucket/key`. */
export type StorePayload = (object: { workspace: string; eventId: string; json: string }) => Promise<string>;

export interface PayloadStore {
  readonly storePayload: StorePayload;
  readonly storeBody: StoreBody;
  /** What is stored at an `s3://bucket/key` of this bucket; undefined when it is there no more. */
  readonly read: (ref: string) => Promise<Buffer | undefined>;
}

export function openPayloadStore(bucket: string): PayloadStore {
  const client = new S3Client(clientSettings);
  const put = async (key: string, content: string | Uint8Array, type: string) => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content, ContentType: type }));
    return `s3://${bucket}/${key}`;
  };
  return {
    storePayload: ({ workspace, eventId, json }) => put(`${workspace}/${eventId}.json`, json, 'application/json'),
    storeBody: ({ workspace, deliveryId, body }) => put(`${workspace}/${deliveryId}.body`, body, 'application/octet-stream'),
    async read(ref) {
      try {
        const { Body: body } = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: ref.slice(`s3://${bucket}/`.length) }),
        );
        return body && Buffer.from(await body.transformToByteArray());
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}

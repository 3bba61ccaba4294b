import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { clientSettings } from './client-settings.ts';

/** Stores data too large for the bus; gives its `s3://bucket/key`. */
export type StorePayload = (object: { workspace: string; eventId: string; json: string }) => Promise<string>;

export function openPayloadStore(bucket: string): StorePayload {
  const client = new S3Client(clientSettings);
  return async ({ workspace, eventId, json }) => {
    const key = `${workspace}/${eventId}.json`;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: json, ContentType: 'application/json' }));
    return `s3://${bucket}/${key}`;
  };
}

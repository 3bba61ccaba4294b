import * as v from 'valibot';
import { physicalName, type TemplateResource } from '../template/provisioner.ts';
import { parseProperties, wholeNumber, withoutEffect } from './input.ts';

export interface Bucket {
  readonly name: string;
  readonly expirations: readonly { readonly prefix: string; readonly days: number }[];
}

const ruleSchema = v.strictObject({
  Id: v.optional(v.string()),
  Status: v.picklist(['Enabled', 'Disabled']),
  Prefix: v.optional(v.string(), ''),
  ExpirationInDays: v.optional(wholeNumber(1, 100_000)),
  // Neither uploads in parts nor versions exist here, so there is nothing for these to remove.
  AbortIncompleteMultipartUpload: withoutEffect,
  NoncurrentVersionExpiration: withoutEffect,
  ExpiredObjectDeleteMarker: withoutEffect,
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html */
const propertiesSchema = v.strictObject({
  BucketName: v.optional(v.string()),
  LifecycleConfiguration: v.optional(v.strictObject({ Rules: v.array(ruleSchema) })),
  BucketEncryption: withoutEffect,
  PublicAccessBlockConfiguration: withoutEffect,
  OwnershipControls: withoutEffect,
  LoggingConfiguration: withoutEffect,
  AccessControl: withoutEffect,
  Tags: withoutEffect,
});

/** Throws an `Error` that names the property which is not supported. */
export function bucketOf(resource: TemplateResource): Bucket {
  const { BucketName, LifecycleConfiguration } = parseProperties(propertiesSchema, resource);
  const rules = (LifecycleConfiguration?.Rules ?? []).filter(({ Status }) => Status === 'Enabled');
  return {
    name: BucketName ?? bucketName(physicalName(resource, 63)),
    expirations: rules.flatMap(({ Prefix, ExpirationInDays: days }) => (days === undefined ? [] : [{ prefix: Prefix, days }])),
  };
}

/** Lower-case letters, digits and hyphens: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+|-+$/g, '');

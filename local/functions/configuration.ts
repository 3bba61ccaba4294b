import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { localArn, physicalName, type TemplateResource } from '../template/provisioner.ts';
import { supportedProperties } from '../template/resource-properties.ts';

/** What a version of a function keeps: all that one invocation needs to know. */
export interface FunctionConfiguration {
  readonly name: string;
  /** Unqualified. */
  readonly arn: string;
  /** The folder of the bundle. */
  readonly taskRoot: string;
  /** `file.export`, the file relative to the task root. */
  readonly handler: string;
  readonly runtime: string;
  readonly role: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly logGroupName: string;
  readonly deadLetterQueueArn?: string;
}

/** A configuration under the number it runs as. */
export interface FunctionVersion extends FunctionConfiguration {
  /** `$LATEST`, or the number of a published version. */
  readonly version: string;
  /** Equal for equal code and configuration. */
  readonly contentHash: string;
}

const QUEUE_ARN = /^arn:aws:sqs:[^:]+:\d{12}:[^:]+$/;
export const queueArn = v.pipe(v.string(), v.regex(QUEUE_ARN, 'only an SQS queue is supported'));

const anything = v.optional(v.unknown());

/** Properties without an effect here (such as the architecture: code runs on this machine's) are accepted and ignored. */
const FunctionProperties = v.strictObject({
  FunctionName: v.optional(v.string()),
  Description: anything,
  Tags: anything,
  Architectures: anything,
  TracingConfig: anything,
  EphemeralStorage: anything,
  Code: v.looseObject({ ZipFile: v.optional(v.undefined('inline code is not supported, use a bundled asset')) }),
  Handler: v.string(),
  Runtime: v.pipe(v.string(), v.startsWith('nodejs', 'only Node.js runtimes run locally')),
  Role: v.string(),
  Environment: v.optional(v.strictObject({ Variables: v.optional(v.record(v.string(), v.string()), {}) })),
  // The default values are AWS's: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
  MemorySize: v.optional(v.number(), 128),
  Timeout: v.optional(v.number(), 3),
  // With the JSON log format AWS wraps plain console output; here it stays as the function wrote it.
  LoggingConfig: v.optional(
    v.strictObject({
      LogGroup: v.optional(v.string()),
      LogFormat: anything,
      ApplicationLogLevel: anything,
      SystemLogLevel: anything,
    }),
  ),
  DeadLetterConfig: v.optional(v.strictObject({ TargetArn: queueArn })),
  ReservedConcurrentExecutions: v.optional(v.number()),
});

/**
 * Reads an `AWS::Lambda::Function`. The code is the asset's folder in the cloud assembly, which CDK names in the resource's metadata.
 * Throws an `Error` with a sentence for what is not supported, inline code included.
 */
export function readFunction(resource: TemplateResource): { configuration: FunctionConfiguration; reservedConcurrency?: number } {
  const properties = supportedProperties(FunctionProperties, resource);
  const name = properties.FunctionName ?? physicalName(resource, 64);
  const configuration: FunctionConfiguration = {
    name,
    arn: localArn('lambda', `function:${name}`),
    taskRoot: assetFolder(resource),
    handler: properties.Handler,
    runtime: properties.Runtime,
    role: properties.Role,
    variables: properties.Environment?.Variables ?? {},
    memoryMb: properties.MemorySize,
    timeoutSeconds: properties.Timeout,
    logGroupName: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`,
    ...(properties.DeadLetterConfig && { deadLetterQueueArn: properties.DeadLetterConfig.TargetArn }),
  };
  const reserved = properties.ReservedConcurrentExecutions;
  return reserved === undefined ? { configuration } : { configuration, reservedConcurrency: reserved };
}

/** The hash by which two publications are the same version. */
export function contentHash(configuration: FunctionConfiguration): string {
  const entries = Object.entries(configuration).map(([key, value]) =>
    typeof value === 'object' ? [key, Object.entries(value).sort()] : [key, value],
  );
  return createHash('sha256').update(JSON.stringify(entries.sort())).digest('hex');
}

function assetFolder(resource: TemplateResource): string {
  const asset = resource.metadata['aws:asset:path'];
  if (typeof asset !== 'string') {
    throw new Error('Its code is not an asset folder (metadata aws:asset:path); inline code is not supported locally.');
  }
  const folder = path.resolve(resource.assemblyDir, asset);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`Its asset ${asset} is not a folder of the cloud assembly; synthesize again.`);
  }
  return folder;
}

import type { DerivedTask } from './derive-task.ts';

type Json = Readonly<Record<string, unknown>>;

/** Stands for the name of the definition's own state machine in a resource. */
const ITSELF = `\${StateMachine}`;
const HERE = `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}`;

/**
 * What a Map's role must be allowed: a distributed one starts its own state machine for its items, and reads and writes S3
 * (https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html); nothing for any other.
 */
export function deriveMap(state: Json): readonly DerivedTask[] {
  const { ItemProcessor: processor, ItemReader: reader, ResultWriter: writer } = state;
  if (!isObject(processor) || !isObject(processor.ProcessorConfig) || processor.ProcessorConfig.Mode !== 'DISTRIBUTED') return [];
  const isListing = isObject(reader) && String(reader.Resource).endsWith(':listObjectsV2');
  return [
    {
      allowed: [
        { actions: ['states:StartExecution'], resources: [`${HERE}:stateMachine:${ITSELF}`] },
        { actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [`${HERE}:execution:${ITSELF}:*`] },
      ],
    },
    ...(reader === undefined
      ? []
      : [inS3('ItemReader', 'reads its items from S3', isListing ? ['s3:ListBucket'] : ['s3:GetObject'])]),
    ...(writer === undefined
      ? []
      : [
          inS3('ResultWriter', 'writes its results to S3', [
            's3:PutObject',
            's3:GetObject',
            's3:ListMultipartUploadParts',
            's3:AbortMultipartUpload',
          ]),
        ]),
  ];
}

const inS3 = (field: string, why: string, actions: readonly string[]): DerivedTask => ({
  missing: { at: [field], why, actions, service: 's3' },
});

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

import type { AwsCall, Caller, Json } from '../../aws/service.ts';
import { StatesError } from '../asl/errors.ts';
import { asText } from './optimized.ts';
import { taskError } from './task-errors.ts';

/** Service names of AWS SDK integrations, with the service's local name and the prefix of its errors (https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html). */
const SERVICES: Readonly<Record<string, { readonly service: string; readonly prefix: string }>> = {
  dynamodb: { service: 'dynamodb', prefix: 'DynamoDb' },
  eventbridge: { service: 'events', prefix: 'EventBridge' },
  lambda: { service: 'lambda', prefix: 'Lambda' },
  s3: { service: 's3', prefix: 'S3' },
  sfn: { service: 'states', prefix: 'Sfn' },
  sqs: { service: 'sqs', prefix: 'Sqs' },
};

/**
 * Runs `arn:aws:states:::aws-sdk:<name>:<action>`; rejects with `StatesError`. Parameters and results are in Pascal case whatever the
 * API's own case is.
 */
export async function callSdk(call: AwsCall, caller: Caller, name: string, action: string, input: Json): Promise<unknown> {
  const known = SERVICES[name];
  if (!known) throw new StatesError('States.Runtime', `The AWS SDK integration ${name} is not supported locally.`);
  const operation = action.charAt(0).toUpperCase() + action.slice(1);
  try {
    if (known.service !== 'states') return await call(known.service, operation, input, caller);
    return toPascalCase(await call(known.service, operation, toCamelCase(input), caller));
  } catch (error) {
    throw taskError(known.prefix, error);
  }
}

const toCamelCase = (input: Json): Json =>
  Object.fromEntries(
    Object.entries(input).map(([key, value]) => [
      key.charAt(0).toLowerCase() + key.slice(1),
      key === 'Input' ? asText(value) : value,
    ]),
  );

/** Times, which the API answers in seconds, become ISO 8601 text. */
function toPascalCase(value: unknown, key = ''): unknown {
  if (typeof value === 'number' && /(Date|timestamp)$/.test(key)) return new Date(value * 1000).toISOString();
  if (Array.isArray(value)) return value.map((item) => toPascalCase(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name.charAt(0).toUpperCase() + name.slice(1), toPascalCase(item, name)]),
  );
}

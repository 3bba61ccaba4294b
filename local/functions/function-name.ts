import { AwsError } from '../aws/service.ts';
import { localArn } from '../template/provisioner.ts';
import type { FunctionReference } from './function-registry.ts';

/** Name, name:qualifier, partial ARN and ARN, as https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html lists them. */
const FUNCTION_NAME =
  /^(?:arn:aws:lambda:[a-z0-9-]+:)?(?:\d{12}:)?(?:function:)?(?<name>[a-zA-Z0-9_-]{1,64})(?::(?<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?$/;

/**
 * Reads `FunctionName` and `Qualifier` of a call. Raises `InvalidParameterValueException` when the name is none, or when both
 * carry a qualifier and they differ.
 */
export function functionReference(functionName: unknown, qualifier?: unknown): FunctionReference {
  const { name, qualifier: derived } = FUNCTION_NAME.exec(String(functionName))?.groups ?? {};
  if (name === undefined) throw new AwsError('InvalidParameterValueException', 'FunctionName is not a function name or ARN.');
  if (typeof qualifier !== 'string') return derived === undefined ? { name } : { name, qualifier: derived };
  if (derived !== undefined && derived !== qualifier) {
    const message = 'The derived qualifier from the function name does not match the specified qualifier.';
    throw new AwsError('InvalidParameterValueException', message);
  }
  return { name, qualifier };
}

/** The function's ARN, with the qualifier if the reference has one. */
export function functionArn({ name, qualifier }: FunctionReference): string {
  return localArn('lambda', qualifier === undefined ? `function:${name}` : `function:${name}:${qualifier}`);
}

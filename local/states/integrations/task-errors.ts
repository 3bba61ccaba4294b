import { AwsError } from '../../aws/service.ts';
import { StatesError } from '../asl/errors.ts';

/**
 * What a failed AWS call is called in an execution: the service's prefix and the exception's name, which always ends in `Exception`,
 * such as `DynamoDB.ConditionalCheckFailedException` or `Sfn.ExecutionAlreadyExistsException`
 * (https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html).
 */
export function taskError(prefix: string, error: unknown): StatesError {
  if (error instanceof StatesError) return error;
  if (!(error instanceof AwsError))
    return new StatesError('States.Runtime', error instanceof Error ? error.message : String(error));
  const name = error.code.split(/[.#:]/).at(-1) ?? error.code;
  return new StatesError(`${prefix}.${name.endsWith('Exception') ? name : `${name}Exception`}`, error.message);
}

import type { AwsCall, Json } from '../../aws/service.ts';
import { StatesError } from '../asl/errors.ts';
import type { TaskRequest } from '../asl/scope.ts';
import type { InvokeHttp } from './http.ts';
import { invokeFunction, invokeIntegration } from './lambda.ts';
import { callOptimized, type ExecutionArns } from './optimized.ts';
import { callSdk } from './sdk.ts';

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The error of a step that only AWS can do. */
export const NOT_SUPPORTED = 'Local.NotSupported';

/** Does an execution's tasks by calling AWS services as the state machine's role; what it gives rejects with `StatesError`. */
export function createTaskInvoker(call: AwsCall, roleArn: string, execution: ExecutionArns, invokeHttp: InvokeHttp) {
  const caller = { kind: 'role', arn: roleArn } as const;
  return async ({ stateName, resource, arguments: input, signal }: TaskRequest): Promise<unknown> => {
    if (resource.kind === 'lambda') return invokeFunction(call, caller, resource.functionArn, input);
    if (!isObject(input)) throw new StatesError('States.Runtime', 'The arguments of a service integration must be an object.');
    const { resourceType } = resource;
    // What is waited for afterwards is not the service's business.
    const action = resource.resource.replace(/\.(waitForTaskToken|sync(:2)?)$/, '');
    if (resourceType === 'sns') {
      throw new StatesError(NOT_SUPPORTED, `The state ${stateName} publishes to a topic; there are no topics locally.`);
    }
    if (resourceType === 'lambda') return invokeIntegration(call, caller, input);
    if (resourceType === 'http') return invokeHttp(input, { caller, stateMachineArn: execution.stateMachineArn, signal });
    if (resourceType.startsWith('aws-sdk:')) return callSdk(call, caller, resourceType.slice('aws-sdk:'.length), action, input);
    return callOptimized(call, caller, `${resourceType}:${action}`, input, execution);
  };
}

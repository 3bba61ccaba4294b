/** What a Task's `Resource` names, as the history shows it (`resourceType` and `resource`). */
export type TaskResource =
  | { readonly kind: 'lambda'; readonly functionArn: string }
  | { readonly kind: 'integration'; readonly resourceType: string; readonly resource: string };

const LAMBDA_ARN = /^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9-_]+(:[A-Za-z0-9-_$]+)?$/;
const INTEGRATION_ARN = /^arn:[a-z-]+:states:::(aws-sdk:[a-z0-9]+|[a-z0-9]+):([A-Za-z0-9.:]+)$/;

/** Optimized integrations (https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html) that run locally. */
const OPTIMIZED: Readonly<Record<string, readonly string[]>> = {
  lambda: ['invoke', 'invoke.waitForTaskToken'],
  dynamodb: ['getItem', 'putItem', 'updateItem', 'deleteItem'],
  sqs: ['sendMessage', 'sendMessage.waitForTaskToken'],
  events: ['putEvents', 'putEvents.waitForTaskToken'],
  states: ['startExecution', 'startExecution.sync', 'startExecution.sync:2', 'startExecution.waitForTaskToken'],
  // There are no topics locally: a definition may publish, and the step fails with Local.NotSupported.
  sns: ['publish', 'publish.waitForTaskToken'],
  http: ['invoke'],
};

/** Services of AWS SDK integrations (https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html) that run locally. */
const SDK_SERVICES = ['dynamodb', 'eventbridge', 'lambda', 's3', 'sfn', 'sqs'];

/** What a `Resource` names, or undefined when it is neither a Lambda function nor a service integration. */
export function parseResource(arn: string): TaskResource | undefined {
  if (LAMBDA_ARN.test(arn)) return { kind: 'lambda', functionArn: arn };
  const [, resourceType, resource] = INTEGRATION_ARN.exec(arn) ?? [];
  return resourceType !== undefined && resource !== undefined ? { kind: 'integration', resourceType, resource } : undefined;
}

export function runsLocally(task: TaskResource): boolean {
  if (task.kind === 'lambda') return true;
  const { resourceType, resource } = task;
  return resourceType.startsWith('aws-sdk:')
    ? SDK_SERVICES.includes(resourceType.slice('aws-sdk:'.length)) && /^[a-z][A-Za-z0-9]*(\.waitForTaskToken)?$/.test(resource)
    : (OPTIMIZED[resourceType]?.includes(resource) ?? false);
}

/**
 * What a task goes on waiting for once its service has answered: its token to come back, or the execution that it started to end
 * (https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html).
 */
export function awaitedBy(task: TaskResource): 'token' | 'execution' | undefined {
  if (task.kind === 'lambda') return undefined;
  if (task.resource.endsWith('.waitForTaskToken')) return 'token';
  return /\.sync(:2)?$/.test(task.resource) ? 'execution' : undefined;
}

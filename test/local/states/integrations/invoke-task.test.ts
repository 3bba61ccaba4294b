import { describe, expect, test } from '@jest/globals';
import { AwsError, type Caller, type Json } from '../../../../local/aws/service.ts';
import { parseResource } from '../../../../local/states/asl/resource.ts';
import { createTaskInvoker } from '../../../../local/states/integrations/invoke-task.ts';

const ROLE = 'arn:aws:iam::123456789012:role/machine';
const EXECUTION = {
  executionArn: 'arn:aws:states:us-east-1:123456789012:execution:machine:one',
  stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:machine',
};
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:work';

/** Runs a task of `resource` with `input`; `answer` is what the service answers, or the error it refuses with. */
async function runTask(resource: string, input: unknown, answer: Json | Error) {
  const calls: { service: string; operation: string; input: Json; caller: Caller }[] = [];
  const invoke = createTaskInvoker(
    async (service, operation, request, caller) => {
      calls.push({ service, operation, input: request, caller });
      if (answer instanceof Error) throw answer;
      return answer;
    },
    ROLE,
    EXECUTION,
    async () => {
      throw new Error('No HTTP here.');
    },
  );
  const parsed = parseResource(resource);
  if (!parsed) throw new Error(`${resource} is not supported.`);
  const { signal } = new AbortController();
  const outcome: { result?: unknown; error?: string; cause?: string } = await invoke({
    stateName: 'A',
    resource: parsed,
    arguments: input,
    attempt: 1,
    signal,
  }).then(
    (result) => ({ result }),
    ({ error, cause }: { error: string; cause: string }) => ({ error, cause }),
  );
  return { ...outcome, call: calls[0] };
}

const refused = (code: string, message = 'no') => new AwsError(code, message);

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
describe('Lambda', () => {
  test('a function’s ARN is invoked as the state machine’s role, and gives what the function returned', async () => {
    const { result, call } = await runTask(FUNCTION, { n: 1 }, { StatusCode: 200, Payload: '{"m":2}' });
    expect(call).toEqual({
      service: 'lambda',
      operation: 'Invoke',
      input: { FunctionName: FUNCTION, Payload: '{"n":1}' },
      caller: { kind: 'role', arn: ROLE },
    });
    expect(result).toEqual({ m: 2 });
  });

  test('lambda:invoke gives the payload with the response’s metadata', async () => {
    const input = { FunctionName: FUNCTION, Payload: { n: 1 } };
    const { result } = await runTask('arn:aws:states:::lambda:invoke', input, {
      StatusCode: 200,
      ExecutedVersion: '3',
      Payload: Buffer.from('"done"'),
    });
    expect(result).toEqual({ StatusCode: 200, ExecutedVersion: '3', Payload: 'done' });
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
  test.each([
    ['{"errorType":"MyError","errorMessage":"bad"}', 'MyError'],
    ['{"errorMessage":"Task timed out after 3.00 seconds"}', 'Lambda.Unknown'],
  ])('the function’s own error %s is %s, with the payload as the cause', async (Payload, error) => {
    const outcome = await runTask(
      'arn:aws:states:::lambda:invoke',
      { FunctionName: FUNCTION },
      { FunctionError: 'Unhandled', Payload },
    );
    expect(outcome).toMatchObject({ error, cause: Payload });
  });

  test.each([
    ['AccessDeniedException', 'Lambda.AccessDeniedException'],
    ['TooManyRequestsException', 'Lambda.TooManyRequestsException'],
    ['ServiceException', 'Lambda.ServiceException'],
  ])('the service’s %s is %s', async (code, error) => {
    expect(await runTask(FUNCTION, {}, refused(code))).toMatchObject({ error, cause: 'no' });
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html
describe('DynamoDB', () => {
  test.each(['getItem', 'putItem', 'updateItem', 'deleteItem'])('%s is the call of that name', async (action) => {
    const { result, call } = await runTask(`arn:aws:states:::dynamodb:${action}`, { TableName: 't' }, { Item: { pk: { S: '1' } } });
    expect(call).toMatchObject({
      service: 'dynamodb',
      operation: action.charAt(0).toUpperCase() + action.slice(1),
      input: { TableName: 't' },
    });
    expect(result).toEqual({ Item: { pk: { S: '1' } } });
  });

  test.each(['ConditionalCheckFailedException', 'AccessDeniedException'])('%s has the prefix DynamoDB', async (code) => {
    expect(await runTask('arn:aws:states:::dynamodb:putItem', {}, refused(code))).toMatchObject({ error: `DynamoDB.${code}` });
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
test('sqs:sendMessage sends a body that is JSON as its text', async () => {
  const { call } = await runTask('arn:aws:states:::sqs:sendMessage', { QueueUrl: 'u', MessageBody: { a: 1 } }, { MessageId: '1' });
  expect(call).toMatchObject({ service: 'sqs', operation: 'SendMessage', input: { QueueUrl: 'u', MessageBody: '{"a":1}' } });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
describe('events:putEvents', () => {
  const entry = { Source: 'millrace.custom', DetailType: 't', Detail: { a: 1 } };

  test('adds the execution and the state machine to the resources', async () => {
    const { call } = await runTask('arn:aws:states:::events:putEvents', { Entries: [entry] }, { FailedEntryCount: 0, Entries: [] });
    expect(call?.input).toEqual({
      Entries: [{ ...entry, Detail: '{"a":1}', Resources: [EXECUTION.executionArn, EXECUTION.stateMachineArn] }],
    });
  });

  test('fails when an entry fails', async () => {
    const outcome = await runTask(
      'arn:aws:states:::events:putEvents',
      { Entries: [entry] },
      { FailedEntryCount: 1, Entries: [{}] },
    );
    expect(outcome.error).toBe('EventBridge.FailedEntry');
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
describe('states:startExecution', () => {
  const input = { StateMachineArn: EXECUTION.stateMachineArn, Name: 'n', Input: { a: 1 } };

  test('sends its input as JSON text', async () => {
    const { call, result } = await runTask('arn:aws:states:::states:startExecution', input, {
      executionArn: 'arn',
      startDate: 1.5,
    });
    expect(call).toMatchObject({
      service: 'states',
      operation: 'StartExecution',
      input: { stateMachineArn: EXECUTION.stateMachineArn, name: 'n', input: '{"a":1}' },
    });
    expect(result).toEqual({ ExecutionArn: 'arn', StartDate: '1970-01-01T00:00:01.500Z' });
  });

  test.each([
    ['arn:aws:states:::states:startExecution', 'StepFunctions.ExecutionAlreadyExistsException'],
    ['arn:aws:states:::aws-sdk:sfn:startExecution', 'Sfn.ExecutionAlreadyExistsException'],
  ])('a taken name is, by %s, %s', async (resource, error) => {
    expect(await runTask(resource, input, refused('ExecutionAlreadyExists'))).toMatchObject({ error });
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
describe('AWS SDK integrations', () => {
  test('take and give Pascal case', async () => {
    const { call, result } = await runTask(
      'arn:aws:states:::aws-sdk:sfn:describeExecution',
      { ExecutionArn: 'arn' },
      { executionArn: 'arn', startDate: 0, inputDetails: { included: true } },
    );
    expect(call).toMatchObject({ service: 'states', operation: 'DescribeExecution', input: { executionArn: 'arn' } });
    expect(result).toEqual({ ExecutionArn: 'arn', StartDate: '1970-01-01T00:00:00.000Z', InputDetails: { Included: true } });
  });

  test.each([
    ['aws-sdk:dynamodb:putItem', 'ConditionalCheckFailedException', 'DynamoDb.ConditionalCheckFailedException'],
    ['aws-sdk:eventbridge:putEvents', 'InternalException', 'EventBridge.InternalException'],
    ['aws-sdk:s3:getObject', 'NoSuchKey', 'S3.NoSuchKeyException'],
    ['aws-sdk:sqs:sendMessage', 'QueueDoesNotExist', 'Sqs.QueueDoesNotExistException'],
  ])('%s names %s %s', async (resource, code, error) => {
    expect(await runTask(`arn:aws:states:::${resource}`, {}, refused(code))).toMatchObject({ error });
  });
});

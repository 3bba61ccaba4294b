import { expect, test } from '@jest/globals';
import { integrationProblem } from '../../../core/workflows/service-integration.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
test.each([
  'lambda:invoke.waitForTaskToken',
  'states:startExecution.sync:2',
  'ecs:runTask.sync',
  'emr-serverless:startJobRun.sync',
  'aws-sdk:s3:getObject',
])('Step Functions has %s', (integration) => {
  expect(integrationProblem(`arn:aws:states:::${integration}`)).toBeUndefined();
});

test.each([
  [
    'lambda:invok',
    'uses lambda:invok, which is no integration; lambda has invoke, and others by arn:aws:states:::aws-sdk:lambda:...',
  ],
  ['lamda:invoke', 'uses lamda, which has no integration of its own; did you mean lambda?'],
  [
    's3:getObject',
    'uses s3, which has no integration of its own; the API of a service is called by arn:aws:states:::aws-sdk:s3:getObject.',
  ],
  ['lambda:invoke.sync', 'uses lambda:invoke with .sync, which it does not have; it has .waitForTaskToken.'],
  ['dynamodb:getItem.waitForTaskToken', 'uses dynamodb:getItem with .waitForTaskToken, which it does not have; it cannot wait.'],
])('Step Functions has no %s', (integration, problem) => {
  expect(integrationProblem(`arn:aws:states:::${integration}`)).toBe(problem);
});

test('what is no integration is not its business', () => {
  expect(integrationProblem(`\${tasks.greet}`)).toBeUndefined();
  expect(integrationProblem(undefined)).toBeUndefined();
});

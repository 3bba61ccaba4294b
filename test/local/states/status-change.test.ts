import { expect, test } from '@jest/globals';
import type { Json } from '../../../local/aws/service.ts';
import { createRig, executionArn, machineArn } from './rig.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
const detail = {
  executionArn: executionArn('one'),
  stateMachineArn: machineArn(),
  name: 'one',
  startDate: 1_767_225_600_000,
  input: '{"n":1}',
  inputDetails: { included: true },
  stateMachineVersionArn: null,
  stateMachineAliasArn: null,
  redriveCount: 0,
  redriveDate: null,
};

test('the start and a success are told as AWS tells them', async () => {
  const rig = createRig();
  await rig.machine({ A: { Type: 'Wait', Seconds: 1, Output: 'Hello World!', End: true } });
  await rig.start('one', { n: 1 });
  await rig.clock.advance(1_000);
  const envelope = { source: 'aws.states', detailType: 'Step Functions Execution Status Change', resources: [executionArn('one')] };
  expect(rig.events).toEqual([
    {
      ...envelope,
      detail: {
        ...detail,
        status: 'RUNNING',
        stopDate: null,
        output: null,
        outputDetails: null,
        redriveStatus: 'NOT_REDRIVABLE',
        redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
        error: null,
        cause: null,
      },
    },
    {
      ...envelope,
      detail: {
        ...detail,
        status: 'SUCCEEDED',
        stopDate: 1_767_225_601_000,
        output: '"Hello World!"',
        outputDetails: { included: true },
        redriveStatus: 'NOT_REDRIVABLE',
        redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
        error: null,
        cause: null,
      },
    },
  ]);
});

test('a failure has its error and cause, and may be redriven', async () => {
  const rig = createRig();
  await rig.machine({ A: { Type: 'Fail', Error: 'Broken', Cause: 'why' } });
  await rig.start('one');
  await rig.clock.idle();
  expect(rig.events.at(-1)).toMatchObject({
    detail: {
      status: 'FAILED',
      error: 'Broken',
      cause: 'why',
      output: null,
      redriveStatus: 'REDRIVABLE',
      redriveStatusReason: null,
    },
  });
});

test('input and output of more than 248 KB are left out', async () => {
  const rig = createRig();
  await rig.machine({ A: { Type: 'Pass', Output: '{% $length($states.input) %}', End: true } });
  await rig.start('one', 'x'.repeat(255_000));
  await rig.clock.idle();
  expect(rig.events.at(-1)?.detail as Json).toMatchObject({
    input: null,
    inputDetails: { included: false },
    output: '255000',
    outputDetails: { included: true },
  });
});

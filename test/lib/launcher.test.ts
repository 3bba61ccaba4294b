import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { eventIdOf } from '../../core/events/event-id.ts';
import { collection, shardOf } from '../../core/keys.ts';
import { type AwsCall, AwsError, type Json } from '../../local/aws/service.ts';
import { createMeter } from '../../local/meter.ts';
import { createStates } from '../../local/states/states.ts';
import { ManualClock } from '../local/states/manual-clock.ts';

const LAUNCHER = 'arn:aws:states:us-east-1:123456789012:stateMachine:launcher';
const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:hello';
const EVENT_ID = 'q'.repeat(26);
const ACTIVITY_ID = `${EVENT_ID}-hello`;

const EVENT = {
  version: '0',
  source: 'millrace.webhook',
  'detail-type': 'webhook.received',
  detail: {
    specversion: '1.0',
    id: EVENT_ID,
    source: '/workspaces/default/webhook/hello',
    type: 'webhook.received',
    time: '2026-01-01T00:00:00.000Z',
    data: [1],
    workspace: 'default',
    trigger: { id: 'hello', kind: 'webhook', workflowId: 'hello' },
    request: { method: 'POST', query: {}, headers: {} },
  },
};

const WORKFLOW = {
  workspace: { S: 'default' },
  active: { BOOL: true },
  revision: { S: '3' },
  stateMachineArn: { S: MACHINE },
  stateMachineVersionArn: { S: `${MACHINE}:3` },
};

/** The launcher's real definition in the local interpreter, among services that answer as `answers` says and record their calls. */
async function launch(
  answers: {
    entry?: string;
    workflow?: Json | undefined;
    run?: Json;
    createRun?: string;
    startExecution?: string;
    runAfterStart?: Json;
  },
  input: Json = EVENT,
) {
  const calls: { operation: string; input: Json }[] = [];
  const clock = new ManualClock();
  let started = false;
  const call: AwsCall = async (service, operation, given) => {
    calls.push({ operation: `${service}:${operation}`, input: given });
    const key = JSON.stringify(given.Key ?? '');
    const fail = (code: string | undefined) => {
      if (code) throw new AwsError(code, 'As the test says.');
    };
    if (operation === 'Invoke') {
      fail(answers.entry === undefined ? 'ServiceException' : undefined);
      return { StatusCode: 200, Payload: JSON.stringify({ entry: answers.entry }) };
    }
    if (operation === 'PutItem') fail(answers.createRun);
    if (operation === 'StartExecution') {
      fail(answers.startExecution);
      started = true;
      return { executionArn: `${MACHINE.replace('stateMachine', 'execution')}:${ACTIVITY_ID}`, startDate: 0 };
    }
    if (operation !== 'GetItem') return {};
    const item = key.includes('WORKFLOW#')
      ? 'workflow' in answers
        ? answers.workflow
        : WORKFLOW
      : started
        ? answers.runAfterStart
        : answers.run;
    return item ? { Item: item } : {};
  };
  const states = createStates({
    db: new DatabaseSync(':memory:'),
    call,
    emit: () => undefined,
    invokeHttp: () => Promise.reject(new Error('The launcher has no HTTP steps.')),
    clock,
    meter: createMeter(),
    log: { line: () => undefined, detail: () => undefined },
  });
  await states.provisioners['AWS::StepFunctions::StateMachine']?.({
    stackName: 'platform',
    logicalId: 'Launcher',
    type: 'AWS::StepFunctions::StateMachine',
    properties: {
      StateMachineName: 'launcher',
      StateMachineType: 'EXPRESS',
      RoleArn: 'arn:aws:iam::123456789012:role/launcher',
      DefinitionString: JSON.stringify(parse(readFileSync(join(import.meta.dirname, '../../lib/launch.asl.yaml'), 'utf8'))),
      DefinitionSubstitutions: {
        TableName: 'table',
        RetryQueueUrl: 'https://q/retry',
        ParkedQueueUrl: 'https://q/parked',
        RunDays: '90',
        DeepestEvent: '5',
        BusName: 'bus',
        LimitFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:limit',
      },
    },
    metadata: {},
    assemblyDir: '',
  });
  await states.service.call('StartExecution', { stateMachineArn: LAUNCHER, input: JSON.stringify(input) }, { kind: 'operator' });
  for (let minute = 0; minute < 6; minute++) await clock.advance(60_000);
  await states.close();
  return {
    operations: calls.map(({ operation }) => operation),
    inputs: (operation: string) => calls.filter((one) => one.operation === operation).map((one) => one.input),
  };
}

/** The events that it told the bus. */
const toldBy = (inputs: (operation: string) => Json[]) =>
  inputs('events:PutEvents').flatMap(({ Entries }) =>
    (Entries as { Source: string; DetailType: string; EventBusName: string; Detail: string }[]).map(({ Detail, ...entry }) => {
      expect(entry).toMatchObject({ EventBusName: 'bus', Source: 'millrace.platform', DetailType: 'run.failed' });
      return JSON.parse(Detail);
    }),
  );

describe('the launcher', () => {
  test('creates the run and starts the version that the workflow points to, under the run’s name', async () => {
    const { operations, inputs } = await launch({});

    expect(operations).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem', 'states:StartExecution', 'dynamodb:GetItem']);
    const [put] = inputs('dynamodb:PutItem');
    expect(put).toMatchObject({
      ConditionExpression: 'attribute_not_exists(pk)',
      Item: {
        pk: { S: `RUN#${EVENT_ID}` },
        sk: { S: ACTIVITY_ID },
        status: { S: 'QUEUED' },
        revision: { S: '3' },
        collection: { S: collection.runs('default', shardOf(EVENT_ID)) },
        workflowRuns: { S: collection.workflowRuns('default', 'hello', shardOf(EVENT_ID)) },
        statusRuns: { S: collection.statusRuns('default', 'QUEUED', shardOf(EVENT_ID)) },
      },
    });
    const [start] = inputs('states:StartExecution');
    expect(start).toMatchObject({ stateMachineArn: `${MACHINE}:3`, name: ACTIVITY_ID });
    expect(JSON.parse(String(start?.input))).toEqual({
      workflow: { id: 'hello', revision: '3', workspace: 'default', input: { body: [1], method: 'POST', query: {}, headers: {} } },
      activityId: ACTIVITY_ID,
      trigger: { id: 'hello', kind: 'webhook' },
      event: {
        id: EVENT_ID,
        source: '/workspaces/default/webhook/hello',
        type: 'webhook.received',
        time: '2026-01-01T00:00:00.000Z',
      },
    });
  });

  test('asks whether a run of a workflow with limits may start, with its own input for later', async () => {
    const workflow = { ...WORKFLOW, limits: { M: { concurrency: { M: { runs: { N: '1' } } } } } };

    const may = await launch({ workflow, entry: 'start' });
    const mayNot = await launch({ workflow, entry: 'leave' });
    const unknown = await launch({ workflow });

    const [asked] = may.inputs('lambda:Invoke');
    expect(asked?.FunctionName).toMatch(/function:limit$/);
    const { activityId, launch: kept } = JSON.parse(String(asked?.Payload));
    expect([activityId, JSON.parse(kept)]).toEqual([ACTIVITY_ID, EVENT]);
    expect(may.operations).toContain('states:StartExecution');
    expect(mayNot.operations.slice(-1)).toEqual(['lambda:Invoke']);
    // Neither started nor lost.
    expect(unknown.operations).not.toContain('states:StartExecution');
    expect(unknown.operations.at(-1)).toBe('sqs:SendMessage');
  });

  test('hands a long input on as it is, because its text would not fit', async () => {
    const long = { ...EVENT, detail: { ...EVENT.detail, data: 'x'.repeat(110_000) } };
    const { inputs } = await launch({ workflow: { ...WORKFLOW, limits: { M: {} } }, entry: 'leave' }, long);
    expect(JSON.parse(String(inputs('lambda:Invoke')[0]?.Payload)).launch).toEqual(long);
  });

  test("makes the envelope of AWS's own event, whose id makes it happen once", async () => {
    const event = {
      version: '0',
      id: '17793124-05d4-b198-2fde-7ededc63b103',
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '123456789012',
      time: '2026-01-01T00:00:00Z',
      region: 'us-east-1',
      resources: ['arn:aws:s3:::incoming'],
      detail: { bucket: { name: 'incoming' }, object: { key: 'a.csv' } },
    };
    const input = { workspace: 'default', trigger: { id: 'on-upload', kind: 'event', workflowId: 'hello' }, event };

    const { inputs } = await launch({}, input);
    const again = await launch({}, input);

    const [start] = inputs('states:StartExecution');
    expect(start?.name).toMatch(/^[a-z2-7]{26}-on-upload$/);
    expect(again.inputs('states:StartExecution')[0]?.name).toBe(start?.name);
    expect(JSON.parse(String(start?.input))).toMatchObject({
      workflow: { input: { eventData: event }, workspace: 'default' },
      trigger: { id: 'on-upload', kind: 'event' },
      event: { source: 'aws.s3', type: 'Object Created', time: '2026-01-01T00:00:00.000Z' },
    });
  });

  test('gives the run the labels of its workflow and of its trigger, and tells how late a schedule is', async () => {
    const workflow = { ...WORKFLOW, labels: { M: { team: { S: 'billing' }, tier: { S: 'one' } } } };
    const trigger = { id: 'hello', kind: 'schedule', workflowId: 'hello', labels: { tier: 'two', region: 'eu' } };
    const time = '2025-12-31T23:59:00Z';

    const { inputs } = await launch({ workflow }, { ...EVENT, detail: { ...EVENT.detail, time, trigger } });

    expect(inputs('dynamodb:PutItem')).toMatchObject([
      {
        Item: {
          labels: { M: { team: { S: 'billing' }, tier: { S: 'two' }, region: { S: 'eu' } } },
          lag: { N: '60000' },
          createdAt: { S: '2025-12-31T23:59:00.000Z' },
        },
      },
    ]);
    const { event } = JSON.parse(String(inputs('states:StartExecution')[0]?.input));
    expect(Object.keys(event).sort()).toEqual(['id', 'source', 'time', 'type']);
    const [plain] = (await launch({})).inputs('dynamodb:PutItem');
    expect(plain?.Item).not.toHaveProperty('labels');
    expect(plain?.Item).not.toHaveProperty('lag');
  });

  test('takes a name that is taken for success', async () => {
    const { operations } = await launch({ startExecution: 'ExecutionAlreadyExists' });
    expect(operations).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem', 'states:StartExecution']);
  });

  test('starts a run again that an earlier launch left waiting', async () => {
    const { operations } = await launch({ createRun: 'ConditionalCheckFailedException', run: { status: { S: 'QUEUED' } } });
    expect(operations).toContain('states:StartExecution');
  });

  test.each(['ABORTED', 'RUNNING', 'SUCCEEDED'])('leaves a run alone that is %s', async (status) => {
    const { operations } = await launch({ createRun: 'ConditionalCheckFailedException', run: { status: { S: status } } });
    expect(operations).not.toContain('states:StartExecution');
  });

  test('stops what it started when the run was cancelled in between', async () => {
    const { operations, inputs } = await launch({ runAfterStart: { status: { S: 'ABORTED' } } });
    expect(operations.at(-1)).toBe('states:StopExecution');
    expect(inputs('states:StopExecution')).toMatchObject([
      { executionArn: expect.stringContaining(ACTIVITY_ID), error: 'Millrace.Cancelled' },
    ]);
  });

  test('stops one that a limit has ended in between with its reason', async () => {
    const runAfterStart = { status: { S: 'ABORTED' }, error: { S: 'Millrace.Superseded' }, cause: { S: 'Newer.' } };
    const { inputs } = await launch({ runAfterStart });
    expect(inputs('states:StopExecution')).toMatchObject([{ error: 'Millrace.Superseded', cause: 'Newer.' }]);
  });

  test('shows a run of a missing workflow as failed and starts nothing', async () => {
    const { operations, inputs } = await launch({ workflow: undefined });
    expect(operations).not.toContain('states:StartExecution');
    expect(inputs('dynamodb:PutItem')).toMatchObject([
      { Item: { status: { S: 'FAILED' }, error: { S: 'Millrace.WorkflowUnavailable' } } },
    ]);
    const [told] = toldBy(inputs);
    expect(told).toMatchObject({
      id: `${ACTIVITY_ID} unavailable`,
      type: 'run.failed',
      source: '/workspaces/default/platform',
      workspace: 'default',
      subject: ACTIVITY_ID,
      depth: 1,
      data: { activityId: ACTIVITY_ID, workflowId: 'hello', triggerId: 'hello', eventId: EVENT_ID, status: 'FAILED' },
    });
    expect(operations.at(-1)).toBe('events:PutEvents');
  });

  test('tells nobody of a run that was there before, nor of one that ends a loop', async () => {
    const again = await launch({
      workflow: undefined,
      createRun: 'ConditionalCheckFailedException',
      run: { status: { S: 'FAILED' } },
    });
    const loop = await launch({}, { ...EVENT, detail: { ...EVENT.detail, depth: 5 } });
    expect([...again.operations, ...loop.operations]).not.toContain('events:PutEvents');
  });

  test.each([
    ['workspace', { ...WORKFLOW, workspace: { S: 'other' } }],
    ['active flag', { ...WORKFLOW, active: { BOOL: false } }],
  ])('starts nothing when the workflow’s %s does not agree', async (_what, workflow) => {
    const { operations } = await launch({ workflow });
    expect(operations).not.toContain('states:StartExecution');
  });

  test('starts an inactive workflow for a replay that asks for it, and marks the run', async () => {
    const workflow = { ...WORKFLOW, active: { BOOL: false } };
    const event = { ...EVENT, 'replay-name': 'again' };
    const { operations, inputs } = await launch({ workflow }, { event, trigger: EVENT.detail.trigger, inactiveToo: true });

    expect(operations).toContain('states:StartExecution');
    expect(inputs('dynamodb:PutItem')).toMatchObject([{ Item: { replayName: { S: 'again' }, status: { S: 'QUEUED' } } }]);
    expect((await launch({ workflow }, { event, trigger: EVENT.detail.trigger })).operations).not.toContain(
      'states:StartExecution',
    );
  });

  test('counts the runs that led to an event, and stops a loop with a record that says so', async () => {
    const at = (depth: unknown) => launch({}, { ...EVENT, detail: { ...EVENT.detail, depth } });
    const fourth = await at(4);
    const fifth = await at(5);

    expect(fourth.inputs('dynamodb:PutItem')).toMatchObject([{ Item: { depth: { N: '4' }, status: { S: 'QUEUED' } } }]);
    expect(JSON.parse(String(fourth.inputs('states:StartExecution')[0]?.input)).event).toMatchObject({ depth: 4 });
    expect(fifth.operations).not.toContain('states:StartExecution');
    expect(fifth.inputs('dynamodb:PutItem')).toMatchObject([
      { Item: { status: { S: 'FAILED' }, error: { S: 'Millrace.LoopStopped' } } },
    ]);
    for (const odd of ['5', null, { a: 1 }]) expect((await at(odd)).operations).toContain('states:StartExecution');
  });

  test('tries a start that fails for minutes, then marks the run and puts the event into the retry queue', async () => {
    const { operations, inputs } = await launch({ startExecution: 'ThrottlingException' });

    expect(operations.filter((operation) => operation === 'states:StartExecution')).toHaveLength(8);
    expect(operations.slice(-2)).toEqual(['dynamodb:UpdateItem', 'sqs:SendMessage']);
    const [message] = inputs('sqs:SendMessage');
    expect(message).toMatchObject({ QueueUrl: 'https://q/retry', DelaySeconds: 60 });
    expect(JSON.parse(String(message?.MessageBody))).toEqual({ ...EVENT, relaunches: 1 });
  });

  test('parks the event after five relaunches', async () => {
    const { inputs } = await launch({ startExecution: 'ThrottlingException' }, { ...EVENT, relaunches: 5 });
    expect(inputs('sqs:SendMessage')).toMatchObject([{ QueueUrl: 'https://q/parked', DelaySeconds: 0 }]);
    expect(toldBy(inputs)).toMatchObject([
      {
        id: `${ACTIVITY_ID} parked`,
        data: { error: 'Millrace.LaunchFailed', cause: expect.stringContaining('waits for a person') },
      },
    ]);
  });

  test('makes a new run of a replayed event, which says so; what the workflow gets is the same', async () => {
    const once = await launch({});
    const again = await launch({}, { ...EVENT, 'replay-name': 'replay-2026.01' });

    const name = String(again.inputs('states:StartExecution')[0]?.name);
    expect(name).toMatch(new RegExp(`^${ACTIVITY_ID}-r[0-9a-f]{7}$`));
    expect(eventIdOf(name)).toBe(EVENT_ID);
    expect(again.inputs('dynamodb:PutItem')).toMatchObject([
      { Item: { pk: { S: `RUN#${EVENT_ID}` }, sk: { S: name }, replayName: { S: 'replay-2026.01' } } },
    ]);
    expect(once.inputs('dynamodb:PutItem')[0]?.Item).not.toHaveProperty('replayName');
    const [first, second] = [once, again].map(({ inputs }) => JSON.parse(String(inputs('states:StartExecution')[0]?.input)));
    expect(second).toEqual({ ...first, activityId: name });
  });
});

describe('the launcher of a replay that a person has asked for', () => {
  const { trigger, ...detail } = EVENT.detail;
  const input = { trigger, inactiveToo: true, event: { ...EVENT, detail, 'replay-name': 'again' } };
  // As core/deliveries/replay-delivery.ts tells who asked.
  const replayed = `${ACTIVITY_ID}-rb4c9e14`;
  const inactive = { ...WORKFLOW, active: { BOOL: false } };

  test('starts an inactive workflow too, under the name that the API has told', async () => {
    const { inputs } = await launch({ workflow: inactive }, input);

    expect(inputs('states:StartExecution')).toMatchObject([{ stateMachineArn: `${MACHINE}:3`, name: replayed }]);
    expect(inputs('dynamodb:PutItem')).toMatchObject([{ Item: { status: { S: 'QUEUED' }, sk: { S: replayed } } }]);
  });

  test.each([
    ['is not there', undefined],
    ["is another workspace's", { ...inactive, workspace: { S: 'other' } }],
  ])('starts no workflow that %s', async (_what, workflow) => {
    const { operations } = await launch({ workflow }, input);
    expect(operations).not.toContain('states:StartExecution');
  });

  test.each([false, 'true', 1])('is not meant by inactiveToo: %j', async (inactiveToo) => {
    const { operations } = await launch({ workflow: inactive }, { ...input, inactiveToo });
    expect(operations).not.toContain('states:StartExecution');
  });

  test('queues its whole input when the start fails, so that the relaunch is the same', async () => {
    const { inputs } = await launch({ workflow: inactive, startExecution: 'ThrottlingException' }, input);
    const [message] = inputs('sqs:SendMessage');

    expect(JSON.parse(String(message?.MessageBody))).toEqual({ ...input, relaunches: 1 });
  });

  test('once more under the same name starts nothing', async () => {
    const run = { status: { S: 'SUCCEEDED' } };
    const { operations } = await launch({ createRun: 'ConditionalCheckFailedException', run }, input);
    expect(operations).not.toContain('states:StartExecution');
  });
});

import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { AwsError, type Caller, type Json } from '../../../local/aws/service.ts';
import { type Clock, systemClock } from '../../../local/clock.ts';
import { createLog } from '../../../local/log.ts';
import { openAssembly } from '../../../local/template/assembly.ts';
import { createCustomResources } from '../../../local/template/custom-resource.ts';
import { deploy } from '../../../local/template/deploy.ts';
import { writeAssembly } from './cloud-assembly.ts';

const SERVICE_TOKEN = 'arn:aws:lambda:us-east-1:123456789012:function:registry';
const log = createLog({ verbose: false, write: () => undefined });

type Answer = Json | 'none';

interface World {
  readonly db: DatabaseSync;
  readonly requests: Json[];
  readonly callers: Caller[];
  answer: (event: Json) => Answer;
  clock: Clock;
}

const succeed = (event: Json, more: Json = {}): Json => ({
  Status: 'SUCCESS',
  PhysicalResourceId: event.PhysicalResourceId ?? 'physical-1',
  StackId: event.StackId,
  RequestId: event.RequestId,
  LogicalResourceId: event.LogicalResourceId,
  ...more,
});

const createWorld = (): World => ({
  db: new DatabaseSync(':memory:'),
  requests: [],
  callers: [],
  answer: succeed,
  clock: systemClock,
});

/** One start of the runtime with these resources in the stack `S`; the fake function answers as the world says. */
async function start(world: World, Resources: Record<string, object>) {
  const call = async (_service: string, _operation: string, input: Json, caller: Caller): Promise<Json> => {
    const event = JSON.parse(String(input.Payload)) as Json;
    world.requests.push(event);
    world.callers.push(caller);
    const answer = world.answer(event);
    if (answer !== 'none') void fetch(String(event.ResponseURL), { method: 'PUT', body: JSON.stringify(answer) });
    return { StatusCode: 202 };
  };
  const customResources = createCustomResources({ db: world.db, call, clock: world.clock, log });
  const provisioners = { 'Test::Thing': () => ({ ref: 'thing', attributes: {} }) };
  return await deploy({
    assembly: openAssembly(writeAssembly({ S: { template: { Resources } } })),
    provisioners,
    customResources,
    log,
  });
}

const registration = (properties: object = {}, type = 'Custom::Registration') => ({
  Registration: { Type: type, Properties: { ServiceToken: SERVICE_TOKEN, ...properties } },
});

const typesOf = ({ requests }: World) => requests.map(({ RequestType }) => RequestType);

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes.html
describe('the life cycle of a custom resource', () => {
  test('a new one is created with the fields that CloudFormation sends, its scalars as strings', async () => {
    const world = createWorld();
    world.answer = (event) => succeed(event, { Data: { Colour: 'red', Count: 2 } });

    const deployment = await start(world, registration({ flag: true, list: [1, { deep: 2.5 }] }));

    expect(world.requests).toEqual([
      {
        RequestType: 'Create',
        ServiceToken: SERVICE_TOKEN,
        ResponseURL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\//),
        StackId: expect.stringMatching(/^arn:aws:cloudformation:us-east-1:123456789012:stack\/S\//),
        RequestId: expect.any(String),
        ResourceType: 'Custom::Registration',
        LogicalResourceId: 'Registration',
        ResourceProperties: { ServiceToken: SERVICE_TOKEN, flag: 'true', list: ['1', { deep: '2.5' }] },
      },
    ]);
    expect(world.callers).toEqual([{ kind: 'operator' }]);
    expect(deployment.resources[0]).toMatchObject({ ref: 'physical-1', attributes: { Colour: 'red', Count: '2' } });
  });

  test('an unchanged one is not called again and keeps its id and attributes', async () => {
    const world = createWorld();
    world.answer = (event) => succeed(event, { Data: { Colour: 'red' } });
    await start(world, registration({ v: 1 }));

    const deployment = await start(world, registration({ v: 1 }));

    expect(typesOf(world)).toEqual(['Create']);
    expect(deployment.resources[0]).toMatchObject({ ref: 'physical-1', attributes: { Colour: 'red' } });
  });

  test('a changed one is updated, with its old properties', async () => {
    const world = createWorld();
    await start(world, registration({ v: 1 }));

    await start(world, registration({ v: 2 }));

    expect(typesOf(world)).toEqual(['Create', 'Update']);
    expect(world.requests[1]).toMatchObject({
      PhysicalResourceId: 'physical-1',
      ResourceProperties: { v: '2' },
      OldResourceProperties: { v: '1' },
    });
  });

  test('an update that answers with another physical id replaces it: the old one is deleted at the end', async () => {
    const world = createWorld();
    await start(world, registration({ v: 1 }));
    world.answer = (event) => succeed(event, event.RequestType === 'Update' ? { PhysicalResourceId: 'physical-2' } : {});

    const deployment = await start(world, registration({ v: 2 }));

    expect(typesOf(world)).toEqual(['Create', 'Update', 'Delete']);
    expect(world.requests[2]).toMatchObject({ PhysicalResourceId: 'physical-1', ResourceProperties: { v: '1' } });
    expect(deployment.resources[0]?.ref).toBe('physical-2');
  });

  test('one that left the templates is deleted once', async () => {
    const world = createWorld();
    await start(world, registration({ v: 1 }));

    await start(world, {});
    await start(world, {});

    expect(typesOf(world)).toEqual(['Create', 'Delete']);
    expect(world.requests[1]).toMatchObject({ PhysicalResourceId: 'physical-1', ResourceProperties: { v: '1' } });
  });

  test('another type is another resource: created first, the old one deleted', async () => {
    const world = createWorld();
    await start(world, registration({}, 'Custom::Registration'));

    await start(world, registration({}, 'AWS::CloudFormation::CustomResource'));

    expect(world.requests.map(({ RequestType, ResourceType }) => `${RequestType} ${ResourceType}`)).toEqual([
      'Create Custom::Registration',
      'Create AWS::CloudFormation::CustomResource',
      'Delete Custom::Registration',
    ]);
  });

  test('a delete that failed is asked for again at the next start', async () => {
    const world = createWorld();
    await start(world, registration());
    world.answer = (event) => succeed(event, { Status: 'FAILED', Reason: 'busy' });

    const failed = start(world, {});

    await expect(failed).rejects.toThrow('S/Registration (Custom::Registration): Delete failed: busy');
    world.answer = succeed;
    await start(world, {});
    expect(typesOf(world)).toEqual(['Create', 'Delete', 'Delete']);
  });

  test('one whose function is gone too is forgotten', async () => {
    const world = createWorld();
    await start(world, registration());
    world.answer = () => {
      throw new AwsError('ResourceNotFoundException', 'Function not found', 404);
    };

    await start(world, {});
    await start(world, {});

    expect(typesOf(world)).toEqual(['Create', 'Delete']);
  });

  test('one that failed to be created is created at the next start', async () => {
    const world = createWorld();
    world.answer = (event) => succeed(event, { Status: 'FAILED', Reason: 'no table' });
    await start(world, registration()).catch(() => undefined);
    world.answer = succeed;

    await start(world, registration());

    expect(typesOf(world)).toEqual(['Create', 'Create']);
  });
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
describe('an answer that fails the start', () => {
  test.each<[string, (event: Json) => Answer, string]>([
    ['FAILED', (event) => succeed(event, { Status: 'FAILED', Reason: 'the table is gone' }), 'Create failed: the table is gone'],
    ['no PhysicalResourceId', (event) => succeed(event, { PhysicalResourceId: '' }), 'without a PhysicalResourceId'],
    ['another RequestId', (event) => succeed(event, { RequestId: 'x' }), 'another RequestId'],
    ['an unknown status', (event) => succeed(event, { Status: 'MAYBE' }), 'something else than a response object'],
    ['more than 4096 bytes', (event) => succeed(event, { Data: { long: 'x'.repeat(5000) } }), 'more than 4096 bytes'],
  ])('%s', async (_name, answer, message) => {
    const world = createWorld();
    world.answer = answer;

    const result = start(world, registration());

    await expect(result).rejects.toThrow(message);
    await expect(result).rejects.toThrow(/^S\/Registration \(Custom::Registration\): /);
  });

  test.each([
    ['its ServiceTimeout', { ServiceTimeout: 7 }, 7],
    ['60 seconds by default', {}, 60],
  ])('none within %s', async (_name, properties, seconds) => {
    const world = createWorld();
    const slept: number[] = [];
    world.answer = () => 'none';
    world.clock = { now: () => 0, sleep: async (ms) => void slept.push(ms) };

    const result = start(world, registration(properties));

    await expect(result).rejects.toThrow(`Create was not answered within ${seconds} s`);
    expect(slept).toEqual([seconds * 1000]);
  });

  test('a ServiceToken that is no function', async () => {
    const topic = registration({ ServiceToken: 'arn:aws:sns:us-east-1:123456789012:topic' });

    await expect(start(createWorld(), topic)).rejects.toThrow('not the ARN of a Lambda function');
  });

  test('another ServiceToken for the same resource', async () => {
    const world = createWorld();
    await start(world, registration());

    const result = start(world, registration({ ServiceToken: `${SERVICE_TOKEN}-2` }));

    await expect(result).rejects.toThrow('another ServiceToken');
  });
});

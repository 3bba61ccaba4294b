import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import * as v from 'valibot';
import { type Table, updateItem } from '../../../core/aws/table.ts';
import { itemKey } from '../../../core/keys.ts';
import {
  declareTrigger,
  findTrigger,
  listTriggers,
  removeTrigger,
  saveRunTimeTrigger,
} from '../../../core/triggers/trigger.repository.ts';
import type { Trigger } from '../../../core/triggers/trigger.ts';
import { findInput, saveInput } from '../../../core/workflows/input.repository.ts';
import {
  answerRegistration,
  parseRegistrationRequest,
  type RequestedRegistry,
} from '../../../core/workflows/registration-request.ts';
import {
  declareWorkflow,
  findWorkflow,
  listWorkflows,
  pointTo,
  removeWorkflow,
  setActive,
} from '../../../core/workflows/workflow.repository.ts';
import { NOW } from '../builders.ts';
import { openTestTable } from '../test-table.ts';

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:stack-hello';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html */
const aRegistration = (with_: Record<string, unknown> = {}, properties: Record<string, unknown> = {}) => ({
  RequestType: 'Create',
  ResponseURL: 'https://example.com/response',
  StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/stack/1',
  RequestId: 'request-1',
  LogicalResourceId: 'HelloEntry',
  ResourceType: 'Custom::MillraceWorkflow',
  ResourceProperties: {
    ServiceToken: 'arn:aws:lambda:us-east-1:123456789012:function:registry',
    Workspace: 'default',
    WorkflowId: 'hello',
    Manifest: aManifest('hello'),
    StateMachineArn: MACHINE,
    StateMachineVersionArn: `${MACHINE}:3`,
    ...properties,
  },
  ...with_,
});

const aManifest = (...triggerIds: string[]) =>
  JSON.stringify({ name: 'Hello', triggers: triggerIds.map((triggerId) => ({ triggerId, kind: 'webhook' })) });

let table: Table;
let close: () => Promise<void>;
let registry: RequestedRegistry;
let switched: string[];
let deleted: string[];
let removedRules: string[];
const machineTypes: Record<string, string> = { [`${MACHINE}-elsewhere`]: 'STANDARD', [`${MACHINE}-express`]: 'EXPRESS' };
beforeEach(async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  ({ table, close } = await openTestTable());
  removedRules = [];
  registry = {
    findWorkflow: (workspace, workflowId) => findWorkflow(table, workspace, workflowId),
    declareWorkflow: (...args) => declareWorkflow(table, ...args),
    removeWorkflow: (workspace, workflowId) => removeWorkflow(table, workspace, workflowId),
    saveInput: (...args) => saveInput(table, ...args),
    findTrigger: (triggerId) => findTrigger(table, triggerId),
    triggersOf: async (workspace) => (await listTriggers(table, workspace, {}, { limit: 100 })).items,
    removeRunTimeTrigger: async ({ triggerId }) => {
      removedRules.push(triggerId);
      await removeTrigger(table, triggerId);
    },
    removeRunTimeRules: async () => void removedRules.push('all'),
    declareTrigger: (trigger, now) => declareTrigger(table, trigger, now),
    removeTrigger: (triggerId) => removeTrigger(table, triggerId),
    triggerSwitch: {
      enable: async ({ triggerId }) => void switched.push(`${triggerId} on`),
      disable: async ({ triggerId }) => void switched.push(`${triggerId} off`),
    },
    findMachineType: async (arn) => machineTypes[arn],
    deleteVersion: async (arn) => void deleted.push(arn),
  };
  switched = [];
  deleted = [];
});
afterEach(() => close());

const answerTo = (event: unknown, with_ = registry) => answerRegistration(with_, parseRegistrationRequest(event), NOW);
const hello = () => findWorkflow(table, 'default', 'hello');

describe('a workflow that is deployed', () => {
  test('is entered with its triggers, active, at the revision of its version', async () => {
    const answer = await answerTo(aRegistration());
    expect(answer).toEqual({
      Status: 'SUCCESS',
      PhysicalResourceId: 'default/hello',
      StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/stack/1',
      RequestId: 'request-1',
      LogicalResourceId: 'HelloEntry',
    });
    expect(await hello()).toMatchObject({ name: 'Hello', active: true, revision: '3', triggerIds: ['hello'] });
    expect(await findTrigger(table, 'hello')).toEqual({
      triggerId: 'hello',
      workspace: 'default',
      workflowId: 'hello',
      kind: 'webhook',
      enabled: true,
      methods: ['POST'],
      auth: 'token',
      deduplicate: 'key',
    });
    expect((await listWorkflows(table, 'default', { limit: 10 })).items).toHaveLength(1);
    expect((await listTriggers(table, 'default', { workflowId: 'hello' }, { limit: 10 })).items).toHaveLength(1);
  });

  test('stays inactive when it is deployed again, and loses the triggers that left', async () => {
    await answerTo(aRegistration({}, { Manifest: aManifest('hello', 'second') }));
    await updateItem(table, {
      key: itemKey.workflow('default', 'hello'),
      expression: 'SET active = :no',
      values: { ':no': false },
    });
    const update = { RequestType: 'Update', PhysicalResourceId: 'default/hello' };
    await answerTo(aRegistration(update, { Manifest: aManifest('second', 'third'), StateMachineVersionArn: `${MACHINE}:4` }));
    expect(await hello()).toMatchObject({ active: false, revision: '4', triggerIds: ['second', 'third'] });
    expect(await findTrigger(table, 'hello')).toBeUndefined();
    expect(await findTrigger(table, 'third')).toBeDefined();
  });

  test('is entered whole when the same is asked again after a crash anywhere', async () => {
    await answerTo(aRegistration({}, { Manifest: aManifest('old') }));
    for (const crashing of ['declareTrigger', 'removeTrigger', 'declareWorkflow'] as const) {
      const crash = async () => {
        throw new Error('crash');
      };
      const crashed = await answerTo(aRegistration({}, { Manifest: aManifest('new') }), { ...registry, [crashing]: crash });
      expect(crashed).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'default/hello' });
    }
    await answerTo(aRegistration({}, { Manifest: aManifest('new') }));
    expect((await hello())?.triggerIds).toEqual(['new']);
    expect((await listTriggers(table, 'default', {}, { limit: 10 })).items.map(({ triggerId }) => triggerId)).toEqual(['new']);
  });

  test('keeps its input schemas beside it, and loses them when they leave', async () => {
    const input = { body: { type: 'object', required: ['id'] }, params: { type: 'object' } };
    const withInput = JSON.stringify({ ...JSON.parse(aManifest('hello')), input });
    await answerTo(aRegistration({}, { Manifest: withInput }));
    expect(await hello()).toMatchObject({ input: ['body', 'params'] });
    expect(await findInput(table, 'default', 'hello')).toEqual(input);

    await answerTo(aRegistration({ RequestType: 'Update', PhysicalResourceId: 'default/hello' }));
    expect(await hello()).not.toHaveProperty('input');
    expect(await findInput(table, 'default', 'hello')).toBeUndefined();

    await answerTo(aRegistration({}, { Manifest: withInput }));
    await answerTo(aRegistration({ RequestType: 'Delete', PhysicalResourceId: 'default/hello' }));
    expect(await findInput(table, 'default', 'hello')).toBeUndefined();
  });

  test("cannot take another workflow's trigger, and nothing of it is entered", async () => {
    await answerTo(aRegistration());
    const answer = await answerTo(
      aRegistration({ LogicalResourceId: 'Other' }, { WorkflowId: 'other', Manifest: aManifest('own', 'hello') }),
    );
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('hello') });
    expect(await findWorkflow(table, 'default', 'other')).toBeUndefined();
    expect(await findTrigger(table, 'own')).toBeUndefined();
  });

  test.each([
    ['a reserved trigger id', { Manifest: aManifest('status') }],
    ['a trigger id twice', { Manifest: aManifest('a', 'a') }],
    [
      'an open trigger that can be guessed',
      { Manifest: JSON.stringify({ name: 'x', triggers: [{ triggerId: 'a', kind: 'webhook', auth: 'none' }] }) },
    ],
    ['a field that is not known', { Manifest: JSON.stringify({ name: 'x', triggers: [], more: 1 }) }],
    ['no JSON', { Manifest: '{' }],
    ['a workflow id of another form', { WorkflowId: 'a/b' }],
  ])('is refused in a sentence for %s', async (_, properties) => {
    const answer = await answerTo(aRegistration({}, properties));
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/^The workflow's property .+\.$/) });
  });
});

describe('the revisions of a workflow', () => {
  const deploy = (version: number, policy: 'latest' | 'manual' = 'latest', at = NOW) => {
    const manifest = JSON.stringify({ name: 'Hello', revision: policy, triggers: [] });
    const event = aRegistration({}, { Manifest: manifest, StateMachineVersionArn: `${MACHINE}:${version}` });
    return answerRegistration(registry, parseRegistrationRequest(event), at);
  };
  const revisions = async () => (await hello())?.revisions.map(({ revision }) => revision);
  const rollBackTo = async (revision: string) => {
    const workflow = await hello();
    const kept = workflow?.revisions.find((each) => each.revision === revision);
    if (!workflow || !kept) throw new Error(`Revision ${revision} is not kept.`);
    return pointTo(table, workflow, kept, NOW);
  };

  test('are kept newest first, each with its version and the time it was first deployed', async () => {
    await deploy(1);
    await deploy(2, 'latest', new Date('2026-03-02T00:00:00.000Z'));
    await deploy(2, 'latest', new Date('2026-03-03T00:00:00.000Z'));

    expect(await hello()).toMatchObject({
      revision: '2',
      stateMachineVersionArn: `${MACHINE}:2`,
      revisions: [
        { revision: '2', stateMachineVersionArn: `${MACHINE}:2`, createdAt: '2026-03-02T00:00:00.000Z', needs: [] },
        { revision: '1', stateMachineVersionArn: `${MACHINE}:1`, createdAt: NOW.toISOString(), needs: [] },
      ],
    });
  });

  test('are kept with what they need, as their last deployment said', async () => {
    const manifest = (...needs: string[]) => JSON.stringify({ name: 'Hello', needs, triggers: [] });
    await answerTo(aRegistration({}, { Manifest: manifest('the task greet') }));
    await answerTo(aRegistration({}, { Manifest: manifest('the task greet', 's3:GetObject on arn:aws:s3:::b/*') }));

    expect((await hello())?.revisions).toMatchObject([{ needs: ['the task greet', 's3:GetObject on arn:aws:s3:::b/*'] }]);
  });

  test('a rollback outlives a deployment of the same revision, but not of a new one', async () => {
    await deploy(1);
    await deploy(2);
    await rollBackTo('1');
    await deploy(2);
    expect(await hello()).toMatchObject({ revision: '1', stateMachineVersionArn: `${MACHINE}:1` });

    await deploy(3);
    expect(await hello()).toMatchObject({ revision: '3', stateMachineVersionArn: `${MACHINE}:3` });
  });

  test('an earlier revision that is deployed again is the current one', async () => {
    await deploy(1);
    await deploy(2);
    await deploy(1);

    expect(await hello()).toMatchObject({ revision: '1' });
    expect(await revisions()).toEqual(['2', '1']);
  });

  test('with the policy manual only the first one is pointed to by itself', async () => {
    await deploy(1, 'manual');
    await deploy(2, 'manual');

    expect(await hello()).toMatchObject({ revision: '1' });
    expect(await revisions()).toEqual(['2', '1']);
  });

  test('are ten at most: the oldest goes with its version, but never the one that runs start', async () => {
    for (let version = 1; version <= 10; version++) await deploy(version);
    await rollBackTo('1');
    await deploy(11, 'manual');
    expect(await revisions()).toEqual(['11', '10', '9', '8', '7', '6', '5', '4', '3', '1']);
    expect(deleted).toEqual([`${MACHINE}:2`]);

    await deploy(12);
    expect(await revisions()).toEqual(['12', '11', '10', '9', '8', '7', '6', '5', '4', '3']);
    expect(deleted).toEqual([`${MACHINE}:2`, `${MACHINE}:1`]);
  });

  test('that were changed during a deployment make it fail, with nothing changed', async () => {
    await deploy(1);
    const stale = await hello();
    await deploy(2, 'latest', new Date('2026-03-02T00:00:00.000Z'));
    const answer = await answerTo(aRegistration({}, { StateMachineVersionArn: `${MACHINE}:4` }), {
      ...registry,
      findWorkflow: async () => stale,
    });

    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('changed while it was deployed') });
    expect(await hello()).toMatchObject({ revision: '2' });
  });
});

describe('an imported state machine', () => {
  const imported = (arn: string) => aRegistration({}, { StateMachineArn: arn, StateMachineVersionArn: arn });

  test('is entered without revisions of ours', async () => {
    expect(await answerTo(imported(`${MACHINE}-elsewhere`))).toMatchObject({ Status: 'SUCCESS' });
    expect(await hello()).toMatchObject({
      revision: 'imported',
      stateMachineArn: `${MACHINE}-elsewhere`,
      stateMachineVersionArn: `${MACHINE}-elsewhere`,
      revisions: [],
    });
  });

  test('that is not there yet is entered, and its runs fail until it is', async () => {
    expect(await answerTo(imported(`${MACHINE}-missing`))).toMatchObject({ Status: 'SUCCESS' });
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
  test.each([
    ['Express', `${MACHINE}-express`, 'only STANDARD ones can be imported'],
    ['of another account', MACHINE.replace('123456789012', '210987654321'), 'another account or region'],
    ['of another region', MACHINE.replace('us-east-1', 'eu-west-1'), 'another account or region'],
  ])('%s is refused', async (_, arn, reason) => {
    expect(await answerTo(imported(arn))).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining(reason) });
    expect(await hello()).toBeUndefined();
  });
});

describe('an inactive workflow', () => {
  test('that is new begins so, with its triggers off', async () => {
    const manifest = { name: 'Hello', active: false, triggers: [{ triggerId: 'hello', kind: 'webhook' }] };
    await answerTo(aRegistration({}, { Manifest: JSON.stringify(manifest) }));

    expect(await hello()).toMatchObject({ active: false });
    expect(await findTrigger(table, 'hello')).toMatchObject({ enabled: true });
    expect(switched).toEqual(['hello off']);
  });

  test('that is deployed again has its triggers turned off again', async () => {
    await answerTo(aRegistration());
    await setActive(table, { workspace: 'default', workflowId: 'hello' }, false, NOW);
    await answerTo(aRegistration({}, { Manifest: aManifest('hello', 'second') }));

    expect(await hello()).toMatchObject({ active: false });
    expect(switched).toEqual(['hello off', 'second off']);
  });

  test('and began so, but is active by now, has those of its triggers turned on again that are enabled', async () => {
    const manifest = JSON.stringify({
      name: 'Hello',
      active: false,
      triggers: [
        { triggerId: 'a', kind: 'event', source: 's', types: ['t'] },
        { triggerId: 'b', kind: 'event', source: 's', types: ['t'], enabled: false },
      ],
    });
    await answerTo(aRegistration({}, { Manifest: manifest }));
    await updateItem(table, {
      key: itemKey.workflow('default', 'hello'),
      expression: 'SET active = :yes',
      values: { ':yes': true },
    });
    switched = [];

    await answerTo(aRegistration({}, { Manifest: manifest }));

    expect(switched).toEqual(['a on']);
  });
});

describe('a workflow that is removed', () => {
  const deletion = { RequestType: 'Delete', PhysicalResourceId: 'default/hello' };

  test('takes its triggers with it, and may be removed again', async () => {
    await answerTo(aRegistration());
    expect(await answerTo(aRegistration(deletion))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'default/hello' });
    expect(await hello()).toBeUndefined();
    expect(await findTrigger(table, 'hello')).toBeUndefined();
    expect(await answerTo(aRegistration(deletion))).toMatchObject({ Status: 'SUCCESS' });
  });

  test('stays when another resource declares it now', async () => {
    await answerTo(aRegistration({ LogicalResourceId: 'OldName' }));
    await answerTo(aRegistration({ LogicalResourceId: 'NewName' }));
    await answerTo(aRegistration({ ...deletion, LogicalResourceId: 'OldName' }));
    expect(await hello()).toBeDefined();
  });

  test('is the one of the physical id: after a change of the id, the former', async () => {
    await answerTo(aRegistration());
    const renamed = { WorkflowId: 'greeting', Manifest: aManifest('greeting') };
    const update = await answerTo(aRegistration({ RequestType: 'Update', PhysicalResourceId: 'default/hello' }, renamed));
    expect(update.PhysicalResourceId).toBe('default/greeting');
    await answerTo(aRegistration(deletion, renamed));
    expect(await hello()).toBeUndefined();
    expect(await findWorkflow(table, 'default', 'greeting')).toBeDefined();
  });
});

test('whatever is asked is answered, or is no request', async () => {
  const nothing: RequestedRegistry = {
    findWorkflow: async () => undefined,
    declareWorkflow: async () => true,
    removeWorkflow: async () => undefined,
    saveInput: async () => undefined,
    findTrigger: async () => undefined,
    declareTrigger: async () => true,
    removeTrigger: async () => undefined,
    triggersOf: async () => [],
    removeRunTimeTrigger: async () => undefined,
    removeRunTimeRules: async () => undefined,
    triggerSwitch: { enable: async () => undefined, disable: async () => undefined },
    findMachineType: async () => 'STANDARD',
    deleteVersion: async () => undefined,
  };
  const manifest = fc.oneof(fc.string(), fc.json(), fc.constant(aManifest('a')));
  const almost = fc
    .record({ WorkflowId: fc.oneof(fc.string(), fc.constant('hello')), Manifest: manifest, StateMachineVersionArn: fc.string() })
    .map((properties) => aRegistration({}, properties));
  const requests = fc.oneof(
    fc.anything(),
    almost,
    fc.anything().map((ResourceProperties) => aRegistration({ ResourceProperties })),
  );
  await fc.assert(
    fc.asyncProperty(requests, async (event) => {
      try {
        const answer = await answerTo(event, nothing);
        expect(answer.Status === 'SUCCESS' || answer.Reason !== undefined).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(v.ValiError);
      }
    }),
  );
});

describe('triggers made at run time', () => {
  const made = {
    triggerId: 'made',
    workspace: 'default',
    workflowId: 'hello',
    kind: 'event',
    enabled: true,
    atRunTime: true,
    source: 'millrace.github',
    types: ['push'],
  } satisfies Trigger;

  test('stay when their workflow is deployed again, and go with it, their rules too', async () => {
    await answerTo(aRegistration());
    await saveRunTimeTrigger(table, made, NOW);
    await answerTo(aRegistration({ RequestType: 'Update', PhysicalResourceId: 'default/hello' }));
    expect(await findTrigger(table, 'made')).toMatchObject({ atRunTime: true });

    await answerTo(aRegistration({ RequestType: 'Delete', PhysicalResourceId: 'default/hello' }));

    expect(await findTrigger(table, 'made')).toBeUndefined();
    expect(removedRules).toEqual(['made']);
  });

  test('keep their id from a folder that declares it', async () => {
    await answerTo(aRegistration());
    await saveRunTimeTrigger(table, made, NOW);

    const answer = await answerTo(aRegistration({ RequestType: 'Update' }, { Manifest: aManifest('made') }));

    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('made at run time') });
    expect(await findTrigger(table, 'made')).toMatchObject({ kind: 'event' });
  });

  test('leave no rule on a bus that is deleted', async () => {
    const event = (RequestType: string) =>
      aRegistration({ RequestType, ResourceType: 'Custom::MillraceRunTimeRules', ResourceProperties: {} });
    expect(await answerTo(event('Create'))).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'run-time-rules' });
    expect(removedRules).toEqual([]);

    expect(await answerTo(event('Delete'))).toMatchObject({ Status: 'SUCCESS' });
    expect(removedRules).toEqual(['all']);
  });
});

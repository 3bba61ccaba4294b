import { describe, expect, test } from '@jest/globals';
import { parseDefinition } from '../../core/workflows/definition-file.ts';
import { stateMachineNameOf } from '../../lib/workflow-machines.ts';
import { WorkflowsStack } from '../../lib/workflows-stack.ts';
import { actionsOf, flat, logicalIdAt, ofType, resourcesOf, statementsOf, synthesize } from './synthesized.ts';

const stack = synthesize().stacks.workflows;
const resources = resourcesOf(stack);
const at = (path: string) => {
  const id = logicalIdAt(stack, path);
  return resources.find((resource) => resource.id === id);
};

describe('a workflow', () => {
  const taskId = logicalIdAt(stack, 'hello/Task greet');
  const machine = at('hello/StateMachine');

  test('is a Standard state machine under the name by which the platform knows it', () => {
    expect(machine?.properties).toMatchObject({
      StateMachineName: 'Millrace-dev-workflows-hello',
      StateMachineType: 'STANDARD',
    });
  });

  test('calls a version of its task', () => {
    const versions = ofType(resources, 'AWS::Lambda::Version');

    const version = versions.find(({ properties }) => flat(properties.FunctionName) === `<${taskId}>`);

    expect(flat(machine?.properties.DefinitionString)).toContain(`"FunctionName":"<${version?.id}>"`);
  });

  test('may invoke the versions of its own tasks, and nothing else', () => {
    const roleId = logicalIdAt(stack, 'hello/StateMachine/Role');
    const policies = resources.filter(({ properties }) => flat(properties.Roles) === `<${roleId}>`);
    const grants = statementsOf(policies)
      .filter(({ statement }) => statement.Resource !== '*')
      .map(({ statement }) => [actionsOf(statement), flat(statement.Resource)]);

    expect(grants).toEqual([[['lambda:InvokeFunction'], `<${taskId}.Arn>:*`]]);
  });

  test('publishes a version with each revision, and retains it', () => {
    const version = at('hello/Version');
    const machineId = logicalIdAt(stack, 'hello/StateMachine');

    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachineversion.html
    expect(flat(version?.properties.StateMachineRevisionId)).toBe(`<${machineId}.StateMachineRevisionId>`);
    expect(version?.deletionPolicy).toBe('Retain');
  });

  test('retains the versions of its tasks, but not those of a deployment that was rolled back', () => {
    const policies = ofType(resources, 'AWS::Lambda::Version').map(({ deletionPolicy }) => deletionPolicy);

    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    expect(new Set(policies)).toEqual(new Set(['RetainExceptOnCreate']));
  });

  test('is entered into the table with its triggers', () => {
    const entry = ofType(resources, 'Custom::MillraceWorkflow').find(
      ({ properties }) => properties.WorkflowId === 'hello',
    )?.properties;

    expect(entry).toMatchObject({ Workspace: 'default', WorkflowId: 'hello' });
    expect(flat(entry?.ServiceToken)).toMatch(/^<Millrace-dev-platform:\w*RegistrationFunction\w*Arn\w*>$/);
    expect(flat(entry?.StateMachineArn)).toBe(`<${logicalIdAt(stack, 'hello/StateMachine')}>`);
    expect(flat(entry?.StateMachineVersionArn)).toBe(`<${at('hello/Version')?.id}>`);
    expect(JSON.parse(String(entry?.Manifest))).toEqual({
      name: 'Hello',
      description: expect.any(String),
      active: true,
      revision: 'latest',
      needs: ['the task greet'],
      triggers: [{ triggerId: 'hello', kind: 'webhook', methods: ['POST'], auth: 'token', deduplicate: 'key', enabled: true }],
    });
  });

  test('has a task whose role may write its own log and no more', () => {
    const roleId = logicalIdAt(stack, 'hello/Task greetRole');
    const policies = resources.filter(({ properties }) => flat(properties.Roles) === `<${roleId}>`);

    expect(statementsOf(policies).flatMap(({ statement }) => actionsOf(statement))).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
    ]);
    expect(at('hello/Task greet')?.properties).not.toHaveProperty('Environment');
  });

  // https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
  test('has a name that Step Functions takes', () => {
    expect(stateMachineNameOf('s'.repeat(39), 'w'.repeat(40))).toHaveLength(80);
    expect(() => stateMachineNameOf('s'.repeat(40), 'w'.repeat(40))).toThrow(/has 81 characters and Step Functions takes 80/);
  });
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
test('more workflows than a template holds are refused with a sentence', () => {
  const text = '{ "QueryLanguage": "JSONata", "StartAt": "A", "States": { "A": { "Type": "Succeed" } } }';
  const definition = parseDefinition('definition.asl.json', text, []);
  const folders = Array.from({ length: 90 }, (_, index) => ({
    workflowId: `w${index}`,
    name: 'W',
    active: true,
    revision: 'latest' as const,
    tags: {},
    permissions: [],
    connections: {},
    triggers: [],
    definition,
    tasks: {},
  }));
  const { app, stacks } = synthesize();

  const build = () => new WorkflowsStack(app, 'Workflows', { platform: stacks.platform, folders });

  expect(build).toThrow(/^The 90 workflows need \d+ resources and one CloudFormation template holds 500/);
});

import { describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { parseDefinition } from '../../core/workflows/definition-file.ts';
import { addMillrace } from '../../lib/millrace.ts';
import { WorkflowsStack } from '../../lib/workflows-stack.ts';
import { actionsOf, flat, type Json, ofType, resourcesOf, statementsOf } from './synthesized.ts';

const DEFINITION = `
QueryLanguage: JSONata
StartAt: Read
States:
  Read:
    Type: Task
    Resource: arn:aws:states:::dynamodb:getItem
    Arguments: { TableName: orders, Key: { pk: { S: a } } }
    Next: Ask
  Ask:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke.waitForTaskToken
    Arguments:
      FunctionName: \${millrace.callbacks}
      Payload: { topic: Sell, token: "{% $states.context.Task.Token %}" }
    Next: Call
  Call:
    Type: Task
    Resource: arn:aws:states:::states:startExecution.sync:2
    Arguments: { StateMachineArn: "arn:aws:states:eu-west-1:123456789012:stateMachine:child" }
    Next: Tell
  Tell:
    Type: Task
    Resource: arn:aws:states:::events:putEvents
    Arguments: { Entries: [{ Source: shop, DetailType: sold, Detail: {} }] }
    Next: Each
  Each:
    Type: Map
    Items: [1, 2]
    ItemProcessor:
      ProcessorConfig: { Mode: DISTRIBUTED, ExecutionType: STANDARD }
      StartAt: Item
      States: { Item: { Type: Pass, End: true } }
    End: true
`;

const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
const { platform } = addMillrace(app, { workflows: ['test/e2e/imported-workflows'] });
const permissions = [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::invoices/*'] }];
const stack = new WorkflowsStack(app, 'Workflows', {
  platform,
  folders: [
    {
      workflowId: 'order',
      name: 'Order',
      active: true,
      revision: 'manual',
      timeoutSeconds: 900,
      tags: { team: 'growth' },
      permissions,
      connections: {},
      triggers: [],
      definition: parseDefinition('definition.asl.yaml', DEFINITION, [], permissions),
      tasks: {},
    },
  ],
});
const resources = resourcesOf(stack);
const [machine] = ofType(resources, 'AWS::StepFunctions::StateMachine');

describe('a state machine', () => {
  test('may do what its definition names and what workflow.yaml adds, and nothing else', () => {
    const grants = statementsOf(ofType(resources, 'AWS::IAM::Policy'))
      .filter(({ statement }) => statement.Resource !== '*')
      .map(({ statement }) => `${statement.Effect} ${actionsOf(statement).join(' ')} ${flat(statement.Resource)}`);

    const here = '<AWS::Region>:<AWS::AccountId>';
    expect(grants).toEqual([
      expect.stringMatching(/^Allow lambda:InvokeFunction <Millrace-dev-platform:ExportsOutputFnGetAttCallbacksOpen\w+Arn\w+>$/),
      `Allow dynamodb:GetItem arn:<AWS::Partition>:dynamodb:${here}:table/orders`,
      'Allow states:StartExecution arn:aws:states:eu-west-1:123456789012:stateMachine:child',
      'Allow states:DescribeExecution states:StopExecution arn:aws:states:eu-west-1:123456789012:execution:child:*',
      `Allow events:PutTargets events:PutRule events:DescribeRule arn:<AWS::Partition>:events:${here}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
      `Allow events:PutEvents arn:<AWS::Partition>:events:${here}:event-bus/default`,
      `Allow states:StartExecution arn:<AWS::Partition>:states:${here}:stateMachine:Millrace-dev-workflows-order`,
      `Allow states:DescribeExecution states:StopExecution arn:<AWS::Partition>:states:${here}:execution:Millrace-dev-workflows-order:*`,
      'Allow s3:GetObject arn:aws:s3:::invoices/*',
      expect.stringMatching(/^Deny events:PutEvents <Millrace-dev-platform:ExportsOutputFnGetAttBus\w+Arn\w+>$/),
    ]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
  test("may publish with the sources it names, on Millrace's own bus as millrace.custom alone", () => {
    const conditions = statementsOf(ofType(resources, 'AWS::IAM::Policy'))
      .filter(({ statement }) => actionsOf(statement).includes('events:PutEvents'))
      .map(({ statement }) => (statement as unknown as Json).Condition);

    expect(conditions).toEqual([
      { StringEquals: { 'events:source': ['shop'] } },
      { StringNotEquals: { 'events:source': 'millrace.custom' } },
    ]);
  });

  test('tells the platform which run asks', () => {
    const { States } = JSON.parse(flat(machine?.properties.DefinitionString));

    expect(States.Ask.Arguments).toMatchObject({
      FunctionName: expect.stringMatching(/^<Millrace-dev-platform:/),
      ClientContext: expect.stringMatching(/Execution\.Name.*"workflowId": "order"/),
    });
  });

  test('has the timeout and the tags of its file', () => {
    expect(JSON.parse(flat(machine?.properties.DefinitionString))).toMatchObject({ TimeoutSeconds: 900, StartAt: 'Read' });
    expect(machine?.properties.Tags).toEqual([{ Key: 'team', Value: 'growth' }]);
  });

  test('is entered with its policy of revisions and with what it needs', () => {
    const [entry] = ofType(resources, 'Custom::MillraceWorkflow');

    const manifest = String(entry?.properties.Manifest);
    expect(JSON.parse(manifest)).toMatchObject({ revision: 'manual', active: true });
    expect(JSON.parse(manifest).needs).toContain('dynamodb:GetItem on arn:<Partition>:dynamodb:<Region>:<AccountId>:table/orders');
    // cfn-lint's E1029, which the synthesis of bin/app.ts would stop at: https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md
    expect(manifest).not.toContain('${');
  });

  test('has no finding of cdk-nag without a reason', () => {
    expect(new AwsSolutionsChecks(app).validateScope(stack).violations).toEqual([]);
  });
});

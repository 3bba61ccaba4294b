import { describe, expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { actionsOf, flat, type Json, ofType, resourcesOf, statementsOf, synthesize } from './synthesized.ts';

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:Elsewhere';
const EXECUTIONS = 'arn:aws:states:us-east-1:123456789012:execution:Elsewhere:*';

const { app, stacks } = synthesize({ workflows: 'test/e2e/imported-workflows' });
const resources = resourcesOf(stacks.workflows);

describe('an imported state machine', () => {
  test("is granted to the platform's roles by policies of the workflows stack", () => {
    const grants = ofType(resources, 'AWS::IAM::Policy').map(({ id, properties }) => {
      const [statement] = statementsOf(resources.filter((each) => each.id === id)).map((each) => each.statement);
      const role = /ExportsOutputRef([A-Za-z]+?)(?:Function)?Role/.exec(flat(properties.Roles))?.[1];
      return `${role}: ${statement && actionsOf(statement).join(' ')} ${flat(statement?.Resource)}`;
    });

    expect(grants.sort()).toEqual([
      `Api: states:DescribeExecution states:GetExecutionHistory states:StopExecution states:RedriveExecution ${EXECUTIONS}`,
      `LaunchLauncher: states:StartExecution ${MACHINE}`,
      `LaunchLauncher: states:StopExecution ${EXECUTIONS}`,
      `LaunchLimit: states:StopExecution ${EXECUTIONS}`,
      `Query: states:DescribeExecution states:GetExecutionHistory states:StopExecution ${EXECUTIONS}`,
      `RecordReconcile: states:DescribeExecution ${EXECUTIONS}`,
      `RecordRecord: states:StopExecution ${EXECUTIONS}`,
      `Registration: states:DescribeStateMachine ${MACHINE}`,
    ]);
  });

  test('tells record of its changes of status, by a rule on the default bus', () => {
    const [rule] = ofType(resources, 'AWS::Events::Rule');
    const [target] = (rule?.properties.Targets ?? []) as Json[];
    const [permission] = ofType(resources, 'AWS::Lambda::Permission');

    expect(rule?.properties).not.toHaveProperty('EventBusName');
    // https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    expect(rule?.properties.EventPattern).toEqual({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [MACHINE] },
    });
    expect(flat(target?.Arn)).toMatch(/ExportsOutputFnGetAttRecord/);
    expect(flat(target?.DeadLetterConfig)).toMatch(/UnrecordedChanges/);
    expect(flat(permission?.properties.FunctionName)).toBe(flat(target?.Arn));
    expect(flat(permission?.properties.SourceArn)).toBe(`<${rule?.id}.Arn>`);
  });

  test('is entered with its own ARN for a version, once it is granted', () => {
    const [entry] = ofType(resources, 'Custom::MillraceWorkflow');

    expect(entry?.properties).toMatchObject({ StateMachineArn: MACHINE, StateMachineVersionArn: MACHINE });
    expect(ofType(resources, 'AWS::StepFunctions::StateMachine')).toEqual([]);
  });

  test('has no finding of cdk-nag without a reason', () => {
    expect(new AwsSolutionsChecks(app).validateScope(stacks.workflows).violations).toEqual([]);
  });

  test('uses what the platform exports in any case, so that the last one can be removed', () => {
    const { Outputs } = Template.fromStack(synthesize().stacks.platform).toJSON() as { Outputs: Record<string, Json> };
    const exported = Object.values(Outputs).map(({ Export }) => (Export as Json | undefined)?.Name);
    const imported = [...JSON.stringify(resources).matchAll(/"Fn::ImportValue":"(Millrace-dev-platform:[^"]+)"/g)];

    expect(imported.length).toBeGreaterThan(0);
    expect(imported.map(([, name]) => name).filter((name) => !exported.includes(name))).toEqual([]);
  });
});

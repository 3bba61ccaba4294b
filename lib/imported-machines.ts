import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { CfnPolicy, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Duration, Names, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { Alarms } from './alarms.ts';
import { ParkedQueue } from './queue.ts';
import type { WorkflowMachines } from './workflow-machines.ts';

/** What the platform has for imported state machines. */
export interface ImportHome {
  readonly machines: WorkflowMachines;
  /** The function that records changes of status. */
  readonly record: IFunction;
  readonly alarmTopic: ITopic;
}

/**
 * State machines that exist already, for the platform: its roles may do with them what they may with ours, and their changes of status are
 * recorded. All of it in the stack of the workflows, which the platform does not know.
 */
export class ImportedMachines extends Construct {
  constructor(scope: Construct, id: string, home: ImportHome & { readonly stateMachineArns: readonly string[] }) {
    super(scope, id);
    this.grant(home.machines, home.stateMachineArns);

    const deadLetterQueue = new ParkedQueue(this, 'UnrecordedChanges');
    for (const stateMachineArn of home.stateMachineArns) {
      new Rule(this, `Changes of ${stateMachineArn.split(':').at(-1)}`, {
        description: 'Changes of status of an imported state machine.',
        eventPattern: {
          source: ['aws.states'],
          detailType: ['Step Functions Execution Status Change'],
          detail: { stateMachineArn: [stateMachineArn] },
        },
        targets: [new LambdaFunction(home.record, { deadLetterQueue, retryAttempts: 185, maxEventAge: Duration.hours(24) })],
      });
    }
    new Alarms(this, 'Alarms', { topic: home.alarmTopic }).addForQueue('RecordFails', deadLetterQueue, {
      effect: 'Runs of imported state machines that ended show as running until the reconciler finds them.',
      runbook: 'record-fails',
    });
  }

  /** A policy for each of the platform's roles: a policy of this stack, so that the platform's own does not change. */
  private grant(machines: WorkflowMachines, stateMachineArns: readonly string[]): void {
    for (const [index, { role, actions, resource }] of machines.platformGrants.entries()) {
      const resources = stateMachineArns.map((arn) =>
        resource === 'stateMachine' ? arn : `${arn.replace(':stateMachine:', ':execution:')}:*`,
      );
      const policy = new CfnPolicy(this, `Policy${index}`, {
        policyName: `${Names.uniqueResourceName(this, { maxLength: 100 })}${index}`,
        policyDocument: new PolicyDocument({ statements: [new PolicyStatement({ actions: [...actions], resources })] }),
        roles: [role.roleName],
      });
      for (const executions of resources.filter((each) => each.endsWith('*'))) {
        Validations.of(policy).acknowledge({
          id: `AwsSolutions-IAM5[Resource::${executions}]`,
          reason: 'Exactly the executions of an imported state machine, each of which has a name of its own.',
        });
      }
    }
  }
}

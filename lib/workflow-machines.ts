import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { type Stack, Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { type Access, grant } from './access.ts';

type ExecutionAction = 'DescribeExecution' | 'GetExecutionHistory' | 'StopExecution' | 'RedriveExecution';

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html */
const LONGEST_NAME = 80;

/** The physical name of a workflow's state machine. Throws when Step Functions would not take it. */
export function stateMachineNameOf(workflowsStackName: string, workflowId: string): string {
  const name = `${workflowsStackName}-${workflowId}`;
  if (name.length > LONGEST_NAME) {
    throw new Error(
      `The state machine's name ${name} has ${name.length} characters and Step Functions takes ${LONGEST_NAME}; shorten the workflow's id or the instance's name.`,
    );
  }
  return name;
}

/** Who may do what with a state machine, or with its executions. */
interface MachineGrant {
  readonly role: IRole;
  readonly actions: readonly string[];
  readonly resource: 'stateMachine' | 'execution';
}

/**
 * The state machines of the workflows stack, known by the prefix of their names, so that the platform can be granted exactly them
 * without depending on the stack that comes after it. Imported ones have other names: that stack grants them to the same roles.
 */
export class WorkflowMachines {
  readonly arnPrefix: string;
  private readonly prefix: string;
  private readonly stack: Stack;
  private readonly grants: MachineGrant[] = [];

  constructor(stack: Stack, workflowsStackName: string) {
    this.stack = stack;
    this.prefix = `${workflowsStackName}-`;
    this.arnPrefix = this.arnOf('stateMachine', this.prefix);
  }

  /** What the platform's roles may do with each state machine, an imported one as well. */
  get platformGrants(): readonly MachineGrant[] {
    return this.grants;
  }

  /**
   * Starting them, or a version of them: Step Functions authorizes by the state machine's own ARN
   * (https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html).
   */
  startStatement(launcher: StateMachine): PolicyStatement {
    this.grants.push({ role: launcher.role, actions: ['states:StartExecution'], resource: 'stateMachine' });
    return this.statement(launcher, ['StartExecution'], 'stateMachine');
  }

  /** Stopping a run that was cancelled while it was being started. */
  stopStatement(launcher: StateMachine): PolicyStatement {
    this.grants.push({ role: launcher.role, actions: ['states:StopExecution'], resource: 'execution' });
    return this.statement(launcher, ['StopExecution'], 'execution');
  }

  executions(...actions: ExecutionAction[]): Access {
    return {
      variables: {},
      grantTo: (fn) => {
        const named = actions.map((action) => `states:${action}`);
        if (fn.role) this.grants.push({ role: fn.role, actions: named, resource: 'execution' });
        fn.addToRolePolicy(this.statement(fn.role ?? fn, actions, 'execution'));
      },
    };
  }

  /** Ending tasks that wait, and keeping them waiting. */
  answeringTasks(): Access {
    return {
      variables: {},
      grantTo: (fn) => {
        grant(fn, ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'], '*');
        Validations.of(fn.role ?? fn).acknowledge({
          id: 'AwsSolutions-IAM5[Resource::*]',
          reason:
            'These actions know no resource but the token they are called with: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html',
        });
      },
    };
  }

  /** Deleting versions of ours, and looking at what is imported. */
  registering(): Access {
    return {
      variables: {},
      grantTo: (fn) => {
        if (fn.role) this.grants.push({ role: fn.role, actions: ['states:DescribeStateMachine'], resource: 'stateMachine' });
        fn.addToRolePolicy(this.statement(fn.role ?? fn, ['DeleteStateMachineVersion'], 'stateMachine'));
      },
    };
  }

  /** Lets the workflows stack know the roles, whether it imports state machines or not. */
  exportRoles(): void {
    for (const { role } of this.grants) this.stack.exportValue(role.roleName);
  }

  private statement(grantee: IConstruct, actions: readonly string[], resource: 'stateMachine' | 'execution'): PolicyStatement {
    Validations.of(grantee).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:${resource}:${this.prefix}*]`,
      reason: 'Exactly the workflows of this copy of the app, by the prefix that only their names have.',
    });
    return new PolicyStatement({
      actions: actions.map((action) => `states:${action}`),
      resources: [this.arnOf(resource, `${this.prefix}*`)],
    });
  }

  private arnOf(resource: string, name: string): string {
    return `arn:${this.stack.partition}:states:${this.stack.region}:${this.stack.account}:${resource}:${name}`;
  }
}

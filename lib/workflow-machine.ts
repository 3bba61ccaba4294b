import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { type CfnStateMachine, CfnStateMachineVersion, DefinitionBody, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { ArnFormat, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { withRunContext } from '../core/tasks/run-context.ts';
import type { PermissionStatement } from '../core/workflows/permission-statement.ts';
import type { WorkflowFolder } from '../core/workflows/workflow-folder.ts';
import { WorkflowConnections } from './connections.ts';
import { type FunctionDefaults, TaskFunction } from './handler-function.ts';
import { TracedStateMachine } from './traced-state-machine.ts';
import { stateMachineNameOf } from './workflow-machines.ts';

/** What new runs start, as the registry is told of it. */
export interface Started {
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn: string;
}

interface WorkflowMachineProps {
  readonly defaults: FunctionDefaults;
  /** What the state machine's name begins with. */
  readonly stackName: string;
  /** The bus on which workflows may publish under their own source alone. */
  readonly busArn: string;
  /** The platform's function that opens callbacks, called by definitions that say so. */
  readonly callbacksArn: string;
  readonly folder: Extract<WorkflowFolder, { stateMachineArn?: undefined }>;
}

/** Makes a workflow's tasks, connections and state machine with a retained version in `scope`. */
export function addStateMachine(
  scope: Construct,
  { defaults, stackName, busArn, callbacksArn, folder }: WorkflowMachineProps,
): Started {
  const { workflowId, definition } = folder;
  const stack = Stack.of(scope);
  const tasks = new Map(
    Object.entries(folder.tasks).map(([name, entry]) => [
      name,
      new TaskFunction(scope, `Task ${name}`, { defaults, entry, description: `The task ${name} of the workflow ${workflowId}.` }),
    ]),
  );
  const versionArnOf = (name: string): string => {
    const task = tasks.get(name);
    if (!task) throw new Error(`The workflow ${workflowId} has no task ${name}.`);
    return task.currentVersion.functionArn;
  };

  const connections = new WorkflowConnections(scope, 'Connections', folder.connections);
  const stateMachineName = stateMachineNameOf(stackName, workflowId);
  const timeout = folder.timeoutSeconds === undefined ? {} : { TimeoutSeconds: folder.timeoutSeconds };
  const calledArns = new Set<unknown>([callbacksArn, ...tasks.values().map((task) => task.currentVersion.functionArn)]);
  const resolved = definition.resolve(versionArnOf, (name) => connections.arnOf(name), callbacksArn);
  const told = { ...withRunContext(resolved, workflowId, (arn) => calledArns.has(arn)), ...timeout };
  const machine = new TracedStateMachine(scope, 'StateMachine', {
    defaults,
    stateMachineName,
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromString(stack.toJsonString(told)),
  });
  for (const task of tasks.values()) {
    // Every version, not the newest alone: runs of earlier revisions call the versions that they began with.
    machine.addToRolePolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [`${task.functionArn}:*`] }));
    Validations.of(machine).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${stack.getLogicalId(task.node.defaultChild as CfnFunction)}.Arn>:*]`,
      reason: 'All versions of its own task: runs of earlier revisions call the versions that they began with.',
    });
  }

  if (definition.usesCallbacks) {
    machine.addToRolePolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [callbacksArn] }));
  }

  // By its name: the policy comes before the machine that it belongs to.
  const machineArn = stack.formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: stateMachineName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  for (const statement of connections.statementsFor(definition.httpCalls, machineArn)) machine.addToRolePolicy(statement);
  permit(machine, [...definition.permissions, ...folder.permissions], stateMachineName, busArn);

  const { attrStateMachineRevisionId } = machine.node.defaultChild as CfnStateMachine;
  // A new revision replaces this resource, and so publishes a version
  // (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachineversion.html);
  // the old one is retained, for its runs and for going back.
  const version = new CfnStateMachineVersion(scope, 'Version', {
    stateMachineArn: machine.stateMachineArn,
    stateMachineRevisionId: attrStateMachineRevisionId,
  });
  version.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return { stateMachineArn: machine.stateMachineArn, stateMachineVersionArn: version.ref };
}

/** What the definition's own resources ask for, and what workflow.yaml adds. */
function permit(
  machine: TracedStateMachine,
  permissions: readonly PermissionStatement[],
  stateMachineName: string,
  busArn: string,
): void {
  const { partition, region, account } = Stack.of(machine);
  const placed = (arn: string) =>
    arn
      .replaceAll(`\${AWS::Partition}`, partition)
      .replaceAll(`\${AWS::Region}`, region)
      .replaceAll(`\${AWS::AccountId}`, account)
      .replaceAll(`\${StateMachine}`, stateMachineName);
  // As cdk-nag writes it.
  const shown = (arn: string) => arn.replaceAll(/\$\{(AWS::\w+)\}/g, '<$1>').replaceAll(`\${StateMachine}`, stateMachineName);
  for (const { actions, resources, conditions } of permissions) {
    machine.addToRolePolicy(
      new PolicyStatement({ actions: [...actions], resources: resources.map(placed), ...(conditions && { conditions }) }),
    );
    for (const resource of resources.filter((each) => each.includes('*'))) {
      Validations.of(machine).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${shown(resource)}]`,
        reason: "Its definition asks for these resources, or its workflow.yaml names them: the workflow's author has decided.",
      });
    }
  }
  if (!permissions.some(({ actions }) => actions.some((action) => action.toLowerCase() === 'events:putevents'))) return;
  // Whatever else it may publish: the platform's own sources are the platform's alone.
  machine.addToRolePolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: ['events:PutEvents'],
      resources: [busArn],
      conditions: { StringNotEquals: { 'events:source': 'millrace.custom' } },
    }),
  );
}

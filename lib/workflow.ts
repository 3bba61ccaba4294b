import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { type CfnStateMachine, CfnStateMachineVersion, DefinitionBody, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { ArnFormat, CustomResource, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Manifest } from '../core/workflows/manifest.ts';
import { DEFAULT_WORKSPACE } from '../core/workflows/workflow.ts';
import type { WorkflowFolder } from '../core/workflows/workflow-folder.ts';
import { WorkflowConnections } from './connections.ts';
import { type FunctionDefaults, TaskFunction } from './handler-function.ts';
import { TracedStateMachine } from './traced-state-machine.ts';
import { addTriggers, type TriggerHome } from './triggers.ts';
import { stateMachineNameOf } from './workflow-machines.ts';

interface WorkflowProps {
  readonly defaults: FunctionDefaults;
  readonly folder: WorkflowFolder;
  readonly registryToken: string;
  readonly triggerHome: TriggerHome;
}

/** A folder of `workflows/`: its tasks, its state machine with a retained version, and its entry in the table. */
export class Workflow extends Construct {
  constructor(scope: Construct, id: string, { defaults, folder, registryToken, triggerHome }: WorkflowProps) {
    super(scope, id);
    const { workflowId, definition } = folder;
    if (!definition) throw new Error(`The workflow ${workflowId} has a stateMachineArn, which cannot be deployed yet.`);
    const stack = Stack.of(this);
    const tasks = new Map(
      Object.entries(folder.tasks).map(([name, entry]) => [
        name,
        new TaskFunction(this, `Task ${name}`, { defaults, entry, description: `The task ${name} of the workflow ${workflowId}.` }),
      ]),
    );
    const versionArnOf = (name: string): string => {
      const task = tasks.get(name);
      if (!task) throw new Error(`The workflow ${workflowId} has no task ${name}.`);
      return task.currentVersion.functionArn;
    };

    const connections = new WorkflowConnections(this, 'Connections', folder.connections);
    const stateMachineName = stateMachineNameOf(stack.stackName, workflowId);
    const resolved = definition.resolve(versionArnOf, (name) => connections.arnOf(name));
    const machine = new TracedStateMachine(this, 'StateMachine', {
      defaults,
      stateMachineName,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(stack.toJsonString(resolved)),
    });
    for (const task of tasks.values()) {
      // Every version, not the newest alone: runs of earlier revisions call the versions that they began with.
      machine.addToRolePolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [`${task.functionArn}:*`] }));
      Validations.of(machine).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${stack.getLogicalId(task.node.defaultChild as CfnFunction)}.Arn>:*]`,
        reason: 'All versions of its own task: runs of earlier revisions call the versions that they began with.',
      });
    }

    // By its name: the policy comes before the machine that it belongs to.
    const machineArn = stack.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: stateMachineName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    for (const statement of connections.statementsFor(definition.httpCalls, machineArn)) machine.addToRolePolicy(statement);

    const { attrStateMachineRevisionId } = machine.node.defaultChild as CfnStateMachine;
    // A new revision replaces this resource, and so publishes a version
    // (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachineversion.html);
    // the old one is retained, for its runs and for going back.
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: machine.stateMachineArn,
      stateMachineRevisionId: attrStateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);

    const { name, description, active, revision, input, triggers } = folder;
    const deployed = addTriggers(this, { home: triggerHome, workflowId, active, triggers });
    const manifest: Manifest = { name, description, active, revision, input, triggers: deployed };
    new CustomResource(this, 'Entry', {
      resourceType: 'Custom::MillraceWorkflow',
      serviceToken: registryToken,
      serviceTimeout: Duration.minutes(5),
      properties: {
        Workspace: DEFAULT_WORKSPACE,
        WorkflowId: workflowId,
        Manifest: stack.toJsonString(manifest),
        StateMachineArn: machine.stateMachineArn,
        StateMachineVersionArn: version.ref,
      },
    });
  }
}

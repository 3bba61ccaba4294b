import { CustomResource, Duration, Stack, Tags } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Manifest } from '../core/workflows/manifest.ts';
import { DEFAULT_WORKSPACE } from '../core/workflows/workflow.ts';
import type { WorkflowFolder } from '../core/workflows/workflow-folder.ts';
import type { FunctionDefaults } from './handler-function.ts';
import { addTriggers, type TriggerHome } from './triggers.ts';
import { addStateMachine } from './workflow-machine.ts';

interface WorkflowProps {
  readonly defaults: FunctionDefaults;
  readonly folder: WorkflowFolder;
  readonly registryToken: string;
  readonly triggerHome: TriggerHome;
}

const TAGGED = ['AWS::StepFunctions::StateMachine', 'AWS::Lambda::Function'];

/** A folder of `workflows/`: its state machine, or one that exists already, its triggers, and its entry in the table. */
export class Workflow extends Construct {
  constructor(scope: Construct, id: string, { defaults, folder, registryToken, triggerHome }: WorkflowProps) {
    super(scope, id);
    const started = folder.definition
      ? addStateMachine(this, { defaults, busArn: triggerHome.busArn, folder })
      : { stateMachineArn: folder.stateMachineArn, stateMachineVersionArn: folder.stateMachineArn };
    for (const [key, value] of Object.entries(folder.tags)) Tags.of(this).add(key, value, { includeResourceTypes: TAGGED });

    const { workflowId, name, description, active, revision, input, triggers } = folder;
    const deployed = addTriggers(this, { home: triggerHome, workflowId, active, triggers });
    const manifest: Manifest = { name, description, active, revision, input, triggers: deployed };
    new CustomResource(this, 'Entry', {
      resourceType: 'Custom::MillraceWorkflow',
      serviceToken: registryToken,
      serviceTimeout: Duration.minutes(5),
      properties: {
        Workspace: DEFAULT_WORKSPACE,
        WorkflowId: workflowId,
        Manifest: Stack.of(this).toJsonString(manifest),
        StateMachineArn: started.stateMachineArn,
        StateMachineVersionArn: started.stateMachineVersionArn,
      },
    });
  }
}

import { basename, dirname, resolve } from 'node:path';
import { CustomResource, Duration, Stack, Tags } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Manifest } from '../core/workflows/manifest.ts';
import { DEFAULT_WORKSPACE } from '../core/workflows/workflow.ts';
import { readWorkflowFolders, type WorkflowFolder } from '../core/workflows/workflow-folder.ts';
import type { FunctionDefaults } from './handler-function.ts';
import type { ImportHome } from './imported-machines.ts';
import { addTriggers, type TriggerHome } from './triggers.ts';
import { addStateMachine } from './workflow-machine.ts';

/** What a copy of the platform has for its workflows, in whatever stack they are. */
export interface WorkflowHome {
  readonly defaults: FunctionDefaults;
  /** With this and a hyphen the names of state machines begin that the platform may start. */
  readonly stackName: string;
  /** What enters a workflow into the table. */
  readonly registryToken: string;
  /** The function that definitions call as `${millrace.callbacks}`. */
  readonly callbacksArn: string;
  readonly triggers: TriggerHome;
  readonly imports: ImportHome;
}

export interface WorkflowProps {
  /** The copy of Millrace that starts its runs: a `PlatformStack`. */
  readonly platform: { readonly workflowHome: WorkflowHome };
  /** Its folder, which holds `workflow.yaml`, as a path from the current directory; or as `readWorkflowFolders` has read it. */
  readonly folder: string | WorkflowFolder;
}

const TAGGED = ['AWS::StepFunctions::StateMachine', 'AWS::Lambda::Function'];

/**
 * A workflow: its state machine, or one that exists already, its triggers, and its entry in the table. It may be in any stack of the
 * platform's app, account and region. Throws `InvalidFileError` for mistakes in the folder.
 */
export class Workflow extends Construct {
  constructor(scope: Construct, id: string, { platform, folder: given }: WorkflowProps) {
    super(scope, id);
    const folder = typeof given === 'string' ? folderAt(given) : given;
    const { defaults, stackName, registryToken, callbacksArn, triggers: home } = platform.workflowHome;
    const started = folder.definition
      ? addStateMachine(this, { defaults, stackName, busArn: home.busArn, callbacksArn, folder })
      : { stateMachineArn: folder.stateMachineArn, stateMachineVersionArn: folder.stateMachineArn };
    for (const [key, value] of Object.entries(folder.tags)) Tags.of(this).add(key, value, { includeResourceTypes: TAGGED });

    const { workflowId, name, description, labels, limits, active, revision, input, triggers } = folder;
    const deployed = addTriggers(this, { home, stackName, workflowId, active, triggers });
    const manifest: Manifest = {
      name,
      description,
      labels,
      limits,
      active,
      revision,
      input,
      needs: needsOf(folder),
      triggers: deployed,
    };
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

function folderAt(path: string): WorkflowFolder {
  const folder = resolve(path);
  const found = readWorkflowFolders([dirname(folder)]).find(({ workflowId }) => workflowId === basename(folder));
  if (!found) throw new Error(`${path} does not exist; a workflow is a folder with a workflow.yaml.`);
  if (found.stateMachineArn === undefined) return found;
  throw new Error(
    `${path} has a stateMachineArn; imported state machines belong to a WorkflowsStack, which lets the platform start them.`,
  );
}

/** What the workflow's revision cannot do without and another deployment may take away. */
function needsOf({ tasks, connections, definition, permissions }: WorkflowFolder): string[] {
  const granted = [...(definition?.permissions ?? []), ...permissions].flatMap(({ actions, resources }) =>
    // In words: CloudFormation takes ${...} for a mistake where it does not replace it.
    actions.flatMap((action) =>
      resources.map((resource) => `${action} on ${resource.replaceAll(/\$\{(?:AWS::)?(\w+)\}/g, '<$1>')}`),
    ),
  );
  return [
    ...Object.keys(tasks).map((name) => `the task ${name}`),
    ...Object.keys(connections).map((name) => `the connection ${name}`),
    ...new Set(granted),
  ];
}

import { CfnResource, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { WorkflowFolder } from '../core/workflows/workflow-folder.ts';
import { ImportedMachines } from './imported-machines.ts';
import { checkRuleQuotas } from './triggers.ts';
import { Workflow, type WorkflowProps } from './workflow.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const RESOURCE_LIMIT = 500;

export interface WorkflowsStackProps extends StackProps {
  /** The copy of Millrace that starts their runs: a `PlatformStack`. */
  readonly platform: WorkflowProps['platform'];
  /** As `readWorkflowFolders` has read them. */
  readonly folders: readonly WorkflowFolder[];
}

/** A workflow per folder of `workflows/`. Throws when they are more than one template or one bus holds. */
export class WorkflowsStack extends Stack {
  constructor(scope: Construct, id: string, { platform, folders, ...props }: WorkflowsStackProps) {
    super(scope, id, props);
    const { imports } = platform.workflowHome;
    checkRuleQuotas(folders.flatMap(({ triggers }) => triggers));
    const stateMachineArns = [...new Set(folders.flatMap(({ stateMachineArn }) => stateMachineArn ?? []))];
    const imported = stateMachineArns.length > 0 && new ImportedMachines(this, 'Imported', { ...imports, stateMachineArns });
    for (const folder of folders) {
      const workflow = new Workflow(this, folder.workflowId, { platform, folder });
      if (imported && folder.stateMachineArn !== undefined) workflow.node.addDependency(imported);
    }

    const resources = this.node.findAll().filter((construct) => CfnResource.isCfnResource(construct)).length;
    if (resources > RESOURCE_LIMIT) {
      throw new Error(
        `The ${folders.length} workflows need ${resources} resources and one CloudFormation template holds ${RESOURCE_LIMIT}; move some of them to a second instance of the app.`,
      );
    }
  }
}

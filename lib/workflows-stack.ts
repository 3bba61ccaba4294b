import { CfnResource, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { WorkflowFolder } from '../core/workflows/workflow-folder.ts';
import type { FunctionDefaults } from './handler-function.ts';
import { ImportedMachines, type ImportHome } from './imported-machines.ts';
import { checkRuleQuotas, type TriggerHome } from './triggers.ts';
import { Workflow } from './workflow.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const RESOURCE_LIMIT = 500;

interface WorkflowsStackProps extends StackProps {
  readonly defaults: FunctionDefaults;
  readonly folders: readonly WorkflowFolder[];
  readonly registryToken: string;
  readonly triggerHome: TriggerHome;
  readonly importHome: ImportHome;
}

/** A workflow per folder of `workflows/`. Throws when they are more than one template or one bus holds. */
export class WorkflowsStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { defaults, folders, registryToken, triggerHome, importHome, ...props }: WorkflowsStackProps,
  ) {
    super(scope, id, props);
    checkRuleQuotas(folders.flatMap(({ triggers }) => triggers));
    const stateMachineArns = [...new Set(folders.flatMap(({ stateMachineArn }) => stateMachineArn ?? []))];
    const imported = stateMachineArns.length > 0 && new ImportedMachines(this, 'Imported', { ...importHome, stateMachineArns });
    for (const folder of folders) {
      const workflow = new Workflow(this, folder.workflowId, { defaults, folder, registryToken, triggerHome });
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

import { CfnResource, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { WorkflowFolder } from '../core/workflows/workflow-folder.ts';
import type { FunctionDefaults } from './handler-function.ts';
import { checkRuleQuotas, type TriggerHome } from './triggers.ts';
import { Workflow } from './workflow.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const RESOURCE_LIMIT = 500;

interface WorkflowsStackProps extends StackProps {
  readonly defaults: FunctionDefaults;
  readonly folders: readonly WorkflowFolder[];
  readonly registryToken: string;
  readonly triggerHome: TriggerHome;
}

/** A workflow per folder of `workflows/`. Throws when they are more than one template or one bus holds. */
export class WorkflowsStack extends Stack {
  constructor(scope: Construct, id: string, { defaults, folders, registryToken, triggerHome, ...props }: WorkflowsStackProps) {
    super(scope, id, props);
    checkRuleQuotas(folders.flatMap(({ triggers }) => triggers));
    for (const folder of folders) new Workflow(this, folder.workflowId, { defaults, folder, registryToken, triggerHome });

    const resources = this.node.findAll().filter((construct) => CfnResource.isCfnResource(construct)).length;
    if (resources > RESOURCE_LIMIT) {
      throw new Error(
        `The ${folders.length} workflows need ${resources} resources and one CloudFormation template holds ${RESOURCE_LIMIT}; move some of them to a second instance of the app.`,
      );
    }
  }
}

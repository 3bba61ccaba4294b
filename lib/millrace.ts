import { resolve } from 'node:path';
import type { App, Environment } from 'aws-cdk-lib/core';
import { readWorkflowFolders } from '../core/workflows/workflow-folder.ts';
import { configOf, STAGES, type Stage, type StageConfig, stackNamesOf } from './config.ts';
import { PlatformStack } from './platform-stack.ts';
import { StateStack } from './state-stack.ts';
import { WorkflowsStack } from './workflows-stack.ts';

/** Without hyphens, so that no copy's names begin with another copy's prefix. */
const INSTANCE = /^[A-Za-z][A-Za-z0-9]{0,19}$/;

export interface MillraceProps {
  /** Which settings: `dev` or `prod`. Default: the context `stage`, else `dev`. */
  readonly stage?: Stage;
  /** Settings over those of the stage. */
  readonly config?: Partial<StageConfig>;
  /** What the stacks' names begin with: 1 to 20 letters or digits. Default: the context `instance`, else `Millrace`. */
  readonly instance?: string;
  /**
   * The directories whose folders are the workflows, from the current directory, which is that of `cdk.json`. Default: the context
   * `workflows`, with commas between them, else `workflows`.
   */
  readonly workflows?: readonly string[];
  /** Account and region of the stacks. Default: whatever credentials deploy them. */
  readonly env?: Environment;
}

/** The three stacks of one copy of Millrace. */
export interface Millrace {
  readonly state: StateStack;
  readonly platform: PlatformStack;
  readonly workflows: WorkflowsStack;
}

/**
 * Adds one copy of Millrace to an app. Throws `InvalidFileError` for mistakes in the folders of `workflows`, and an `Error` with a
 * sentence for anything else.
 */
export function addMillrace(app: App, props: MillraceProps = {}): Millrace {
  const stage = props.stage ?? app.node.tryGetContext('stage') ?? 'dev';
  if (!isStage(stage)) throw new Error(`The stage ${stage} is not known; use ${STAGES.join(' or ')}.`);
  const instance: unknown = props.instance ?? app.node.tryGetContext('instance') ?? 'Millrace';
  if (typeof instance !== 'string' || !INSTANCE.test(instance)) {
    throw new Error("The instance's name must be 1 to 20 letters or digits and begin with a letter.");
  }
  const folders = readWorkflowFolders((props.workflows ?? workflowDirectoriesOf(app)).map((directory) => resolve(directory)));
  const config = { ...configOf(stage), ...props.config };
  const names = stackNamesOf(instance, stage);

  const env = props.env && { env: props.env };

  const state = new StateStack(app, names.state, {
    ...env,
    config,
    terminationProtection: config.protectState,
  });
  const platform = new PlatformStack(app, names.platform, {
    ...env,
    config,
    state,
    workflowsStackName: names.workflows,
  });
  const workflowsStack = new WorkflowsStack(app, names.workflows, {
    ...env,
    platform,
    folders,
  });
  return { state, platform, workflows: workflowsStack };
}

/** The directories that the context names, as it names them. */
export function workflowDirectoriesOf(app: App): readonly string[] {
  return String(app.node.tryGetContext('workflows') ?? 'workflows').split(',');
}

const isStage = (stage: unknown): stage is Stage => STAGES.some((known) => known === stage);

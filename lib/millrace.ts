import { join, resolve } from 'node:path';
import type { App } from 'aws-cdk-lib/core';
import { readWorkflowFolders } from '../core/workflows/workflow-folder.ts';
import { configOf, STAGES, type Stage, stackNamesOf } from './config.ts';
import { PlatformStack } from './platform-stack.ts';
import { StateStack } from './state-stack.ts';
import { WorkflowsStack } from './workflows-stack.ts';

/** Without hyphens, so that no copy's names begin with another copy's prefix. */
const INSTANCE = /^[A-Za-z][A-Za-z0-9]{0,19}$/;

/** The project: directories of workflows are named from here. */
const PROJECT = join(import.meta.dirname, '..');

/**
 * One copy of Millrace: its three stacks. The context says which: `stage` (default dev), `instance` (default Millrace), and
 * `workflows`, the directories whose folders are its workflows, with commas between them (default workflows).
 * Throws `InvalidFileError` for mistakes in the folders of `workflows`, and an `Error` with a sentence for anything else.
 */
export function addMillrace(app: App): { state: StateStack; platform: PlatformStack; workflows: WorkflowsStack } {
  const stage = app.node.tryGetContext('stage') ?? 'dev';
  if (!isStage(stage)) throw new Error(`The stage ${stage} is not known; use ${STAGES.join(' or ')}.`);
  const instance: unknown = app.node.tryGetContext('instance') ?? 'Millrace';
  if (typeof instance !== 'string' || !INSTANCE.test(instance)) {
    throw new Error("The instance's name must be 1 to 20 letters or digits and begin with a letter.");
  }
  const directories = String(app.node.tryGetContext('workflows') ?? 'workflows').split(',');
  const folders = readWorkflowFolders(
    directories.map((directory) => resolve(PROJECT, directory)),
    PROJECT,
  );
  const config = configOf(stage);
  const names = stackNamesOf(instance, stage);

  const state = new StateStack(app, names.state, {
    config,
    terminationProtection: config.protectState,
  });
  const platform = new PlatformStack(app, names.platform, {
    config,
    state,
    workflowsStackName: names.workflows,
  });
  const defaults = { config, logKey: state.key };
  const workflowsStack = new WorkflowsStack(app, names.workflows, {
    defaults,
    folders,
    registryToken: platform.registryToken,
    triggerHome: platform.triggerHome,
  });
  return { state, platform, workflows: workflowsStack };
}

const isStage = (stage: unknown): stage is Stage => STAGES.some((known) => known === stage);

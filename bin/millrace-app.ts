import { App } from 'aws-cdk-lib/core';
import { addMillrace, workflowDirectoriesOf } from '../lib/millrace.ts';

/**
 * Synthesizes the stacks, as the context says, to where the CDK's environment variables say; gives the directories of the workflows.
 * Throws what `addMillrace` throws.
 */
export function synthesizeMillrace(): readonly string[] {
  const app = new App({
    // Otherwise an app that failed half-way would still write what it has.
    autoSynth: false,
    context: {
      // The local runtime finds the functions' bundles by this metadata, which only the CDK's own command line asks for by itself.
      'aws:cdk:enable-asset-metadata': true,
      // What CloudFormation would refuse fails here already, not in a deployment.
      '@aws-cdk/core:validateAgainstDefaultRules': true,
      // What another stack uses can't be taken away from under it.
      '@aws-cdk/core:defaultCrossStackReferences': 'strong',
    },
  });
  addMillrace(app);
  app.synth();
  return workflowDirectoriesOf(app);
}

#!/usr/bin/env node
import { App } from 'aws-cdk-lib/core';
import { addMillrace } from '../lib/millrace.ts';

try {
  // The local runtime finds the functions' bundles by the metadata that the CDK's own command line asks for.
  const app = new App({ context: { 'aws:cdk:enable-asset-metadata': true } });
  addMillrace(app);
  app.synth();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

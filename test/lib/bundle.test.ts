import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { App, Stack } from 'aws-cdk-lib/core';
import { ingestEnvironment } from '../../lambdas/ingest/env.ts';
import { bundledCode } from '../../lib/bundle.ts';

function bundle(entry: string): string {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  new LambdaFunction(stack, 'Function', {
    code: bundledCode(stack, entry),
    handler: 'handler.handler',
    runtime: Runtime.NODEJS_24_X,
  });
  const asset = readdirSync(app.assetOutdir).find((name) => name.startsWith('asset.'));
  return join(app.assetOutdir, asset ?? '', 'handler.mjs');
}

const LAMBDAS = join(import.meta.dirname, '../../lambdas');

describe('a bundle', () => {
  test('runs by itself, also where a CommonJS library requires a built-in module', () => {
    // It parses multipart forms with such a library.
    const handler = bundle(join(LAMBDAS, 'ingest/handler.ts'));
    const variables = Object.fromEntries(ingestEnvironment.names.map((name) => [name, 'x']));

    const script = `import { handler } from ${JSON.stringify(handler)}; process.stdout.write(typeof handler);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...variables, AWS_REGION: 'us-east-1' },
      encoding: 'utf8',
    });

    expect(output).toBe('function');
  });

  test('of a module that is not there is a mistake', () => {
    expect(() => bundledCode(new Stack(), join(LAMBDAS, 'nope/handler.ts'))).toThrow(/nope\/handler\.ts does not exist/);
  });
});

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { App, Stack } from 'aws-cdk-lib/core';
import { bundledCode } from '../../lib/bundle.ts';

function bundle(entry: string): string {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  new LambdaFunction(stack, 'Function', { code: bundledCode(entry), handler: 'handler.handler', runtime: Runtime.NODEJS_24_X });
  const { directory } = app.synth();
  const asset = readdirSync(directory).find((name) => name.startsWith('asset.'));
  return join(directory, asset ?? '', 'handler.mjs');
}

describe('a bundle', () => {
  test('runs by itself, also where a CommonJS library requires a built-in module', () => {
    const handler = bundle(join(import.meta.dirname, 'fixtures/requires-builtin.ts'));

    const script = `import { handler } from ${JSON.stringify(handler)}; process.stdout.write(handler());`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });

    expect(output).toBe('function');
  });

  test('of a module that is not there is a mistake', () => {
    expect(() => bundledCode(join(import.meta.dirname, 'fixtures/nope.ts'))).toThrow(/nope\.ts does not exist/);
  });
});

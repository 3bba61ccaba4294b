import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createHarness, type Harness, ROLE, until } from './functions-harness.ts';

// Workers start slowly on a busy machine.
jest.setTimeout(30_000);

let harness: Harness;
beforeAll(() => {
  harness = createHarness();
});
afterAll(() => harness.close());

const answer = (output: Record<string, unknown>) => JSON.parse(String(output.Payload));

describe('an invocation', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
  test('gets the event, the context and only its own environment', async () => {
    await harness.deploy(
      'echo',
      `export const handler = async (event, context) => ({ event, context, remaining: context.getRemainingTimeInMillis(), env: process.env });`,
      { Environment: { Variables: { TABLE: 'things' } }, MemorySize: 256, Timeout: 5 },
    );

    const output = await harness.invoke('echo', { a: 1 });

    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(output).not.toHaveProperty('FunctionError');
    const { event, context, remaining, env } = answer(output);
    expect(event).toEqual({ a: 1 });
    expect(context).toMatchObject({
      functionName: 'echo',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:echo',
      memoryLimitInMB: '256',
      logGroupName: '/aws/lambda/echo',
      awsRequestId: expect.any(String),
      logStreamName: expect.any(String),
    });
    expect(remaining).toBeLessThanOrEqual(5000);
    expect(env).toMatchObject({
      TABLE: 'things',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'echo',
      _HANDLER: 'index.handler',
    });
    expect(env).toMatchObject({ AWS_ACCESS_KEY_ID: `key of ${ROLE}`, AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', TZ: 'UTC' });
    expect(env).not.toHaveProperty('PATH');
  });

  test('uses a warm worker again, and a worker of its own while another runs', async () => {
    await harness.deploy(
      'warm',
      `import { existsSync, writeFileSync } from 'node:fs';
       import { threadId } from 'node:worker_threads';
       export const handler = async ({ mine, other }) => {
         if (mine) writeFileSync(mine, '');
         while (other && !existsSync(other)) await new Promise((resolve) => setTimeout(resolve, 2));
         return threadId;
       };`,
    );
    const [one, two] = ['one', 'two'].map((name) => path.join(harness.stateDir, name));
    const first = answer(await harness.invoke('warm', {}));

    const again = answer(await harness.invoke('warm', {}));
    const together = [harness.invoke('warm', { mine: one, other: two }), harness.invoke('warm', { mine: two, other: one })];

    expect(again).toBe(first);
    expect(new Set((await Promise.all(together)).map(answer)).size).toBe(2);
  });

  test('is counted in requests and gigabyte-seconds', async () => {
    await harness.deploy('counted', 'export const handler = async () => 1;');
    const before = harness.meter.read();

    await harness.invoke('counted', {});

    const after = harness.meter.read();
    expect(Number(after['lambda.requests']) - Number(before['lambda.requests'] ?? 0)).toBe(1);
    expect(Number(after['lambda.gbSeconds'])).toBeGreaterThan(Number(before['lambda.gbSeconds'] ?? 0));
  });

  test('leaves its output, line by line and as written, in the log file of the function', async () => {
    await harness.deploy(
      'talks',
      `export const handler = async () => { console.log('{"level":"INFO"}'); console.error('two\\nlines'); };`,
    );
    const file = path.join(harness.stateDir, 'logs', 'talks.log');

    await harness.invoke('talks', {});

    await until(() => existsSync(file) && readFileSync(file, 'utf8').split('\n').length === 4);
    expect(readFileSync(file, 'utf8').trim().split('\n').sort()).toEqual(['lines', 'two', '{"level":"INFO"}']);
  });
});

describe('a failing invocation', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
  test('answers the error that the handler threw', async () => {
    await harness.deploy('throws', `export const handler = async () => { throw new TypeError('no such thing'); };`);

    const output = await harness.invoke('throws', {});

    expect(output).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(answer(output)).toEqual({ errorType: 'TypeError', errorMessage: 'no such thing', trace: expect.any(Array) });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
  test('answers Sandbox.Timedout after the timeout, also from a busy loop, and the next one runs in a new worker', async () => {
    await harness.deploy('slow', 'export const handler = async (event) => { while (event.loop) {} return "ran"; };', {
      Timeout: 3,
    });
    await harness.invoke('slow', {});
    const output = harness.invoke('slow', { loop: true });
    await until(() => harness.clock.pending().includes(3000));

    harness.clock.advance(3000);

    expect(answer(await output)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 3.00 seconds$/),
    });
    expect(answer(await harness.invoke('slow', {}))).toBe('ran');
  });

  test.each([
    ['process.exit(3)', /exit status 3$/],
    ['await new Promise(() => { setTimeout(() => { throw new Error("later"); }, 0); })', /exit status 1$/],
    ['await new Promise(() => { Promise.reject(new Error("nobody listens")); })', /exit status 1$/],
    ['const all = []; for (;;) all.push(new Array(100_000).fill({}));', /signal: killed$/],
  ])('answers Runtime.ExitError when the worker dies by %s', async (code, message) => {
    await harness.deploy('dies', `export const handler = async () => { ${code} };`, { MemorySize: 128 });

    const output = await harness.invoke('dies', {});

    expect(output).toMatchObject({ FunctionError: 'Unhandled' });
    expect(answer(output)).toEqual({ errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(message) });
  });

  test.each([
    ['import "./absent.mjs"; export const handler = async () => 1;', 'Runtime.ImportModuleError'],
    ['export const other = async () => 1;', 'Runtime.HandlerNotFound'],
    ['export const handler = (event, context, callback) => callback(null, 1);', 'Runtime.CallbackHandlerDeprecated'],
    ['export const = 1;', 'Runtime.UserCodeSyntaxError'],
    ['throw new RangeError("at import");', 'RangeError'],
  ])('names what is wrong with the code %s', async (source, errorType) => {
    await harness.deploy('broken', source);

    const outputs = await Promise.all([harness.invoke('broken', {}), harness.invoke('broken', {})]);

    expect(outputs.map((output) => output.FunctionError)).toEqual(['Unhandled', 'Unhandled']);
    expect(outputs.map(answer).map((error) => error.errorType)).toEqual([errorType, errorType]);
  });
});

describe('the limits', () => {
  // 6 MB for synchronous, 1 MB for asynchronous payloads: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
  test.each([
    ['RequestResponse', 6 * 1024 * 1024],
    ['Event', 1024 * 1024],
  ])('refuse a %s request of more than %i bytes', async (InvocationType, largest) => {
    await harness.deploy('any', 'export const handler = async () => 1;');

    const refused = harness.invoke('any', 'x'.repeat(largest - 1), { InvocationType });

    await expect(refused).rejects.toMatchObject({ code: 'RequestTooLargeException', status: 413 });
  });

  test('turn an answer of more than 6 MB into an error', async () => {
    await harness.deploy('verbose', 'export const handler = async () => "x".repeat(6 * 1024 * 1024);');

    const output = await harness.invoke('verbose', {});

    expect(output).toMatchObject({ FunctionError: 'Unhandled' });
    expect(answer(output)).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
  test('refuse more invocations at once than the reserved concurrency', async () => {
    await harness.deploy('single', 'export const handler = async () => 1;', { ReservedConcurrentExecutions: 1 });

    const [first, second] = await Promise.allSettled([harness.invoke('single', {}), harness.invoke('single', {})]);

    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'TooManyRequestsException', status: 429 } });
  });

  test('queue what the machine cannot run at once', async () => {
    await harness.deploy('many', 'export const handler = async (event) => event;');

    const outputs = await Promise.all(Array.from({ length: 200 }, (_, index) => harness.invoke('many', index)));

    expect(outputs.map(answer)).toEqual(Array.from({ length: 200 }, (_, index) => index));
  });

  test('fail as the service does when they still wait while it stops', async () => {
    await harness.deploy('waiting', 'export const handler = () => new Promise(() => setTimeout(() => {}, 1e8));');
    const outcomes = Promise.allSettled(Array.from({ length: 100 }, () => harness.invoke('waiting', {})));

    await harness.functions().close();

    const failures = (await outcomes).flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(new Set(failures)).toEqual(new Set(['ServiceException']));
  });
});

describe('the name of a function', () => {
  // https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
  test.each([
    ['named', undefined, 'arn:aws:lambda:us-east-1:123456789012:function:named'],
    ['arn:aws:lambda:us-east-1:123456789012:function:named', undefined, 'arn:aws:lambda:us-east-1:123456789012:function:named'],
    ['123456789012:function:named', '$LATEST', 'arn:aws:lambda:us-east-1:123456789012:function:named:$LATEST'],
    ['named:7', undefined, 'arn:aws:lambda:us-east-1:123456789012:function:named:7'],
  ])('%s with qualifier %s needs the permission on %s', (FunctionName, Qualifier, resource) => {
    const permissions = harness.functions().service.permissions('Invoke', { FunctionName, ...(Qualifier && { Qualifier }) });

    expect(permissions).toEqual([{ action: 'lambda:InvokeFunction', resource }]);
  });

  test('must be known', async () => {
    await expect(harness.invoke('unknown', {})).rejects.toMatchObject({ code: 'ResourceNotFoundException', status: 404 });
  });

  test('may not carry another qualifier than the call', async () => {
    const refused = harness.invoke('warm:1', {}, { Qualifier: '2' });

    await expect(refused).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
  });

  test('is all that a dry run looks at', async () => {
    await expect(harness.invoke('warm', {}, { InvocationType: 'DryRun' })).resolves.toMatchObject({ StatusCode: 204 });
  });
});

describe('a published version', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
  test('keeps its code and number, over a restart too', async () => {
    await harness.deploy('versioned', "export const handler = async (_, context) => 'one as ' + context.functionVersion;", {
      asset: 'one',
    });
    const first = await harness.provision('AWS::Lambda::Version', { FunctionName: 'versioned' });
    const same = await harness.provision('AWS::Lambda::Version', { FunctionName: 'versioned' });
    await harness.deploy('versioned', 'export const handler = async () => "two";', { asset: 'two' });

    const second = await harness.provision('AWS::Lambda::Version', { FunctionName: 'versioned' });
    await harness.restart();
    await harness.deploy('versioned', 'export const handler = async () => "two";', { asset: 'two' });

    expect(first.ref).toBe('arn:aws:lambda:us-east-1:123456789012:function:versioned:1');
    expect([first, same, second].map(({ attributes }) => attributes.Version)).toEqual(['1', '1', '2']);
    expect(answer(await harness.invoke('versioned:1', {}))).toBe('one as 1');
    expect(answer(await harness.invoke(second.ref, {}))).toBe('two');
  });

  test('is the same one when its code comes from another place of the assembly', async () => {
    await harness.deploy('moved', 'export const handler = async () => 1;', { asset: 'here' });
    const before = await harness.provision('AWS::Lambda::Version', { FunctionName: 'moved' });
    await harness.deploy('moved', 'export const handler = async () => 1;', { asset: 'there' });

    expect(await harness.provision('AWS::Lambda::Version', { FunctionName: 'moved' })).toEqual(before);
  });

  test('runs on when the assembly has its code no longer; what was not published says that it is gone', async () => {
    await harness.deploy('gone', 'export const handler = async () => 1;', { asset: 'leaves' });
    await harness.provision('AWS::Lambda::Version', { FunctionName: 'gone' });
    harness.removeAsset('leaves');

    expect(answer(await harness.invoke('gone:1', {}))).toBe(1);
    expect(answer(await harness.invoke('gone', {}))).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: expect.stringContaining('gone:$LATEST'),
    });
  });
});

describe('what is not supported', () => {
  test.each([
    ['VpcConfig', { VpcConfig: {} }],
    ['Runtime', { Runtime: 'python3.13' }],
    ['Code.ZipFile', { Code: { ZipFile: 'exports.handler = 1' } }],
    ['DeadLetterConfig.TargetArn', { DeadLetterConfig: { TargetArn: 'arn:aws:sns:us-east-1:123456789012:topic' } }],
  ])('%s fails with a sentence', async (property, properties) => {
    await expect(harness.deploy('odd', '', properties)).rejects.toThrow(property);
  });

  test('code without an asset folder fails with a sentence', async () => {
    const properties = { Code: { S3Bucket: 'b', S3Key: 'k' }, Handler: 'index.handler', Runtime: 'nodejs24.x', Role: ROLE };

    await expect(harness.provision('AWS::Lambda::Function', properties)).rejects.toThrow('not an asset folder');
  });
});

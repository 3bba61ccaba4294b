import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createHarness, type Harness, until } from '../../local/functions/functions-harness.ts';

// Workers start slowly on a busy machine.
jest.setTimeout(30_000);

let harness: Harness;
beforeAll(() => {
  harness = createHarness();
});
afterAll(() => harness.close());

const TASK = pathToFileURL(join(import.meta.dirname, '../../../core/tasks/task.ts')).href;
const ANYTHING = `{ '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } }`;
/** As Step Functions sends it. */
const ClientContext = Buffer.from('{"custom":{"activityId":"abc-hello","workflowId":"hello"}}').toString('base64');

/** The lines of a function that runs `body` as a task, without their times and request ids. */
async function linesOf(name: string, body: string, variables: Record<string, string> = {}): Promise<object[]> {
  const source = `import { task } from '${TASK}';
    console.info('while it is loaded');
    export const handler = task({ input: ${ANYTHING} }, async (input, { log }) => { ${body}; console.log('last'); });`;
  await harness.deploy(name, source, { Timeout: 20, Environment: { Variables: variables } });
  await harness.invoke(name, {}, { ClientContext });
  const read = () =>
    readFileSync(join(harness.stateDir, 'logs', `${name}.log`), 'utf8')
      .trim()
      .split('\n');
  await until(() => read().at(-1)?.includes('last') === true);
  return read()
    .filter((line) => line.startsWith('{'))
    .map((line) => {
      const { timestamp, requestId, ...rest } = JSON.parse(line);
      expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect(requestId).toEqual(expect.any(String));
      return rest;
    });
}

const run = { activityId: 'abc-hello', workflowId: 'hello' };

test('each line of a task carries its run, those of the console too', async () => {
  const lines = await linesOf(
    'speaks',
    `log.info('found', { count: 2 }); console.warn('%s is late', 'A', { by: 5 }); log.error('failed', { cause: new TypeError('no') })`,
  );

  expect(lines).toEqual([
    { level: 'INFO', message: 'found', count: 2, ...run },
    { level: 'WARN', message: 'A is late { by: 5 }', ...run },
    { level: 'ERROR', message: 'failed', cause: expect.objectContaining({ name: 'TypeError', message: 'no' }), ...run },
    { level: 'INFO', message: 'last', ...run },
  ]);
});

// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
test('lines below the level of the function are left out', async () => {
  const lines = await linesOf('quiet', `log.debug('details'); console.debug('details')`, { AWS_LAMBDA_LOG_LEVEL: 'INFO' });

  expect(lines).toEqual([{ level: 'INFO', message: 'last', ...run }]);
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runWorkflow } from '../../testing/run-workflow.ts';

const INVOKE = 'arn:aws:states:::lambda:invoke';
const QUEUE = 'https://sqs.eu-central-1.amazonaws.com/123456789012/orders';
const call = (task: string, more: object) => ({ Type: 'Task', Resource: `\${tasks.${task}}`, ...more });

/** Doubles the order's number, tells a queue of it, and looks at each of its items. */
const DEFINITION = {
  QueryLanguage: 'JSONata',
  StartAt: 'Double',
  States: {
    Double: {
      Type: 'Task',
      Resource: INVOKE,
      Arguments: { FunctionName: `\${tasks.double}`, Payload: { number: '{% $states.input.workflow.input.body.number %}' } },
      Output: '{% $states.result.Payload %}',
      Catch: [{ ErrorEquals: ['TypeError'], Output: '{% $parse($states.errorOutput.Cause) %}', Next: 'Broken' }],
      Next: 'Tell',
    },
    Tell: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage',
      Arguments: { QueueUrl: QUEUE, MessageBody: '{% $states.input %}' },
      Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 3600, MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Untold' }],
      Next: 'Items',
    },
    Items: {
      Type: 'Map',
      Items: [1, 2],
      ItemProcessor: {
        StartAt: 'Item',
        States: { Item: call('double', { Arguments: { number: '{% $states.input %}' }, End: true }) },
      },
      End: true,
    },
    Untold: { Type: 'Fail', Error: 'Untold', Cause: '{% $states.input.Cause %}' },
    Broken: { Type: 'Succeed' },
  },
};

const DOUBLE = `export async function handler({ number }: { number: number | null }, { clientContext }: { clientContext?: unknown }): Promise<{ double: number }> {
  if (number === 0) throw new RangeError(JSON.stringify(clientContext));
  if (number === null) throw new TypeError('There is no number.');
  return { double: 2 * number };
}
`;

let folder: string;
beforeAll(() => {
  const files = {
    'orders/workflow.yaml': 'name: Orders\ntriggers: [{ kind: webhook, id: orders }]\n',
    'orders/definition.asl.json': JSON.stringify(DEFINITION),
    'orders/tasks/double.ts': DOUBLE,
    'slow/workflow.yaml': 'name: Slow\ntimeout: 1h\n',
    'slow/definition.asl.yaml': 'QueryLanguage: JSONata\nStartAt: A\nStates: { A: { Type: Wait, Seconds: 3601, End: true } }\n',
    'unfinished/workflow.yaml': 'name: Unfinished\n',
  };
  const root = mkdtempSync(join(tmpdir(), 'millrace-testing-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  folder = join(root, 'orders');
});
afterAll(() => rmSync(dirname(folder), { recursive: true }));

const run = (number: number | null, mocks: Record<string, unknown> = {}) => runWorkflow(folder, { input: { number }, mocks });
const errorOf = async ({ error, cause }: { error?: string; cause?: string }) => ({ error, cause });

describe('runWorkflow', () => {
  test("calls the workflow's own tasks and gives mocked ones their results", async () => {
    const { status, output, steps } = await run(21, { Tell: { MessageId: 'm1' } });

    expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: [{ double: 2 }, { double: 4 }] });
    expect(steps.map(({ path, output }) => [path, output])).toEqual([
      ['Double', { double: 42 }],
      ['Tell', { MessageId: 'm1' }],
      ['Items', expect.anything()],
      ['Items[0]/Item', { double: 2 }],
      ['Items[1]/Item', { double: 4 }],
    ]);
  });

  test("a failing task's error is its name, and the cause what Lambda gives", async () => {
    // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
    const { output } = await run(null);

    expect(output).toMatchObject({ errorType: 'TypeError', errorMessage: 'There is no number.', trace: expect.any(Array) });
  });

  test('a task is told its run, as in Lambda', async () => {
    const { cause } = await run(0);

    expect(JSON.parse(JSON.parse(cause ?? '').errorMessage)).toEqual({
      custom: { activityId: expect.stringMatching(/^[a-z2-7]{26}-orders$/), workflowId: 'orders' },
    });
  });

  test("a workflow's timeout ends it", async () => {
    const { status } = await runWorkflow(join(dirname(folder), 'slow'));

    expect(status).toBe('TIMED_OUT');
  });

  test('an own task can be mocked, too', async () => {
    const { steps } = await run(null, { Double: { Payload: 'mocked' }, Tell: {} });

    expect(steps[0]).toMatchObject({ name: 'Double', output: 'mocked' });
  });

  test('a list has one mock for each attempt, the last for all further', async () => {
    const busy = { error: 'Busy', cause: 'Come again.' };

    const recovered = await run(1, { Tell: [busy, { MessageId: 'm2' }] });
    const failed = await run(1, { Tell: [busy] });

    expect(recovered.steps[1]).toMatchObject({ attempts: 2, output: { MessageId: 'm2' } });
    expect(await errorOf(failed)).toEqual({ error: 'Untold', cause: 'Come again.' });
    expect(failed.steps[1]).toMatchObject({ attempts: 2, error: 'Busy' });
  });

  test('a function mocks by what the task is asked', async () => {
    const { steps } = await run(21, { Tell: (asked: unknown) => ({ asked }) });

    expect(steps[1]?.output).toEqual({ asked: { QueueUrl: QUEUE, MessageBody: { double: 42 } } });
  });

  test('a result that has an error among other fields is a result', async () => {
    const { steps } = await run(1, { Tell: { error: 'none', code: 0 } });

    expect(steps[1]?.output).toEqual({ error: 'none', code: 0 });
  });

  test('what is neither mocked nor its own task fails past every catcher and says what to mock', async () => {
    const { status, error, cause } = await run(1);

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Runtime' });
    expect(cause).toContain('The state "Tell" calls arn:aws:states:::sqs:sendMessage, which is not there in a test');
    expect(cause).toContain("--mock 'Tell=<file>'");
  });

  test('a mock of what is no task is refused', async () => {
    await expect(run(1, { Items: [] })).rejects.toThrow(
      'There is no Task state "Items" to mock; there are "Double", "Tell", "Item".',
    );
  });

  test('a folder that is none is told by its name', async () => {
    await expect(runWorkflow('no-such-workflow')).rejects.toThrow('There is no workflow no-such-workflow');
  });
});

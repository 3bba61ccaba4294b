import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import jsonata from 'jsonata';
import { readWorkflowFolders } from '../../core/workflows/workflow-folder.ts';
import { handler as greet } from '../../workflows/hello/tasks/greet.ts';

const WORKFLOWS = join(import.meta.dirname, '../../workflows');

type States = Readonly<Record<string, { readonly Output?: unknown; readonly Choices?: readonly { readonly Condition: string }[] }>>;

function statesOf(workflowId: string): States {
  const folder = readWorkflowFolders([WORKFLOWS]).find((each) => each.workflowId === workflowId);
  const { States } = (folder?.definition?.resolve((task) => task) ?? {}) as { States?: States };
  return States ?? {};
}

const evaluate = (expression: unknown, variables: Record<string, unknown>): Promise<unknown> =>
  jsonata(String(expression).slice(2, -2)).evaluate(undefined, variables);

describe('hello', () => {
  test.each([
    [{ name: 'Ada' }, true],
    [{ name: '' }, false],
    [{ name: 7 }, false],
    [{}, false],
    [[], false],
    ['Ada', false],
    [null, false],
  ])('with the body %j is named: %s', async (body, expected) => {
    const condition = statesOf('hello').IsNamed?.Choices?.[0]?.Condition;

    expect(await evaluate(condition, { body })).toBe(expected);
  });

  test('greets', async () => {
    expect(await greet({ name: 'Ada' })).toEqual({ greeting: 'Hello, Ada!' });
  });
});

describe('on-push', () => {
  const output = statesOf('on-push').CollectFiles?.Output;
  // As GitHub documents it: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
  const push = JSON.parse(readFileSync(join(WORKFLOWS, 'on-push/event.json'), 'utf8'));

  test('collects the changed files of each author, each file once', async () => {
    const collected = await evaluate(output, { push });

    expect(JSON.parse(JSON.stringify(collected))).toEqual({
      repository: 'riverside-tools/water-meter',
      ref: 'refs/heads/main',
      commits: 3,
      authors: [
        {
          name: 'Mira Holm',
          email: 'mira@example.com',
          commits: 2,
          added: ['src/schedule.ts', 'test/schedule.test.ts'],
          modified: ['README.md', 'src/meter.ts'],
          removed: [],
        },
        {
          name: 'Tomas Reyes',
          email: 'tomas@example.com',
          commits: 1,
          added: [],
          modified: ['src/meter.ts'],
          removed: ['src/probe.ts'],
        },
      ],
    });
  });

  test('keeps lists of one, and of none', async () => {
    const one = await evaluate(output, { push: { ...push, commits: push.commits.slice(1, 2) } });
    const none = await evaluate(output, { push: { ...push, commits: [] } });

    expect(JSON.parse(JSON.stringify(one))).toMatchObject({ commits: 1, authors: [{ modified: ['src/meter.ts'] }] });
    expect(JSON.parse(JSON.stringify(none))).toMatchObject({ commits: 0, authors: [] });
  });

  test.each([
    [{ zen: 'Keep it logically awesome.' }, false],
    [null, false],
    ['text', false],
    [{ commits: [] }, true],
  ])('takes %j for a push: %s', async (given, expected) => {
    const condition = statesOf('on-push').IsPush?.Choices?.[0]?.Condition;

    expect(await evaluate(condition, { push: given })).toBe(expected);
  });
});

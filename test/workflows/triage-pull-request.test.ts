import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runWorkflow } from '../../testing/run-workflow.ts';

const FOLDER = join(import.meta.dirname, '../../workflows/triage-pull-request');

// As GitHub documents it: https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
const opened = JSON.parse(readFileSync(join(FOLDER, 'event.json'), 'utf8'));
const file = (filename: string, changes = 1) => ({ ...opened.files[0], filename, changes });
const triage = (changes: object) => runWorkflow(FOLDER, { input: { body: { ...opened, ...changes } } });

describe('triage-pull-request', () => {
  test('labels a pull request by its size, areas and type; generated files add nothing', async () => {
    const { status, output } = await triage({});

    expect(status).toBe('SUCCEEDED');
    expect(output).toEqual({ triaged: true, labels: ['size/M', 'area/code', 'area/docs', 'area/tests', 'type/fix'] });
  });

  test.each([
    ['src/meter.ts', 'Code'],
    ['test/meter.test.ts', 'Test'],
    ['packages/a/__tests__/a.js', 'Test'],
    ['src/a.test.tsx', 'Test'],
    ['docs/index.html', 'Docs'],
    ['README.md', 'Docs'],
    ['package-lock.json', 'Generated'],
    ['app/yarn.lock', 'Generated'],
    ['src/contest/entry.ts', 'Code'],
  ])('takes %s for %s', async (filename, state) => {
    const { steps } = await triage({ files: [file(filename)] });

    expect(steps.map(({ path }) => path)).toContain(`JudgeFiles[0]/${state}`);
  });

  test('misses tests beside code', async () => {
    const { output } = await triage({ files: [file('src/meter.ts', 5)] });

    expect(output).toEqual({ triaged: true, labels: ['size/XS', 'area/code', 'type/fix', 'needs-tests'] });
  });

  test('goes by the counted lines when there are no files, and asks to split what is too large', async () => {
    const { output } = await triage({ files: undefined });

    expect(output).toEqual({
      triaged: true,
      labels: ['size/XL', 'type/fix', 'needs-split'],
      advice: expect.stringContaining('Nobody reviews 1648 lines well.'),
    });
  });

  test.each([
    ['a closed one', { action: 'closed' }],
    ['a draft', { pull_request: { ...opened.pull_request, draft: true } }],
    ["GitHub's ping", { action: undefined, pull_request: undefined, files: undefined, zen: 'Keep it logically awesome.' }],
  ])('leaves %s alone', async (_what, changes) => {
    const { status, output } = await triage(changes);

    expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: { triaged: false } });
  });
});

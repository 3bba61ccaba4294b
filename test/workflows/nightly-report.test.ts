import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runWorkflow } from '../../testing/run-workflow.ts';

const FOLDER = join(import.meta.dirname, '../../workflows/nightly-report');
const params = JSON.parse(readFileSync(join(FOLDER, 'event.json'), 'utf8'));
const startTime = new Date('2026-03-01T01:00:00.000Z');

const report = (changes: object = {}, mocks: Record<string, unknown> = {}) =>
  runWorkflow(FOLDER, { input: { params: { ...params, ...changes } }, startTime, mocks });

describe('nightly-report', () => {
  test('reports the day up to the scheduled time, and leaves out what is not to be had', async () => {
    const { status, output } = await report();

    expect(status).toBe('SUCCEEDED');
    expect(output).toEqual({
      from: '2026-02-28T01:00:00.000Z',
      to: '2026-03-01T01:00:00.000Z',
      sections: [
        { section: 'orders', total: 288 },
        { section: 'signups', total: 72 },
      ],
      missing: [{ section: 'refunds', missing: 'UnknownSection' }],
    });
  });

  test('covers as many days as its params say, and a single section is still a list', async () => {
    const { output } = await report({ sections: ['orders'], days: 7 });

    expect(output).toMatchObject({
      from: '2026-02-22T01:00:00.000Z',
      sections: [{ section: 'orders', total: 2016 }],
      missing: [],
    });
  });

  test('tries a section again that fails in passing', async () => {
    const Collect = [{ error: 'Lambda.ServiceException' }, { Payload: { section: 'orders', total: 1 } }];

    const { output, steps } = await report({ sections: ['orders'] }, { Collect });

    expect(output).toMatchObject({ sections: [{ section: 'orders', total: 1 }], missing: [] });
    expect(steps.find(({ name }) => name === 'Collect')).toMatchObject({ attempts: 2 });
  });

  test('fails when there is nothing to report', async () => {
    const { status, error } = await report({}, { Collect: { error: 'Lambda.ServiceException' } });

    expect([status, error]).toEqual(['FAILED', 'NightlyReport.Empty']);
  });
});

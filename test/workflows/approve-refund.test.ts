import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runWorkflow } from '../../testing/run-workflow.ts';
import { handler as refund } from '../../workflows/approve-refund/tasks/refund.ts';

const FOLDER = join(import.meta.dirname, '../../workflows/approve-refund');
const requested = JSON.parse(readFileSync(join(FOLDER, 'event.json'), 'utf8'));

/** `answer` is what comes back when somebody answers, or how the wait fails. */
const ask = (answer: unknown, changes: object = {}) =>
  runWorkflow(FOLDER, { input: { body: { ...requested, ...changes } }, mocks: { WaitForApproval: answer } });
const namesOf = (steps: readonly { readonly name: string }[]) => steps.map(({ name }) => name);

describe('approve-refund', () => {
  test.each([
    ['EUR', 5000],
    ['USD', 1],
  ])('refunds a small amount at once, without asking: %s %d', async (currency, amount) => {
    const { status, output, steps } = await ask({ error: 'Asked', cause: 'Nobody should be.' }, { currency, amount });

    expect(status).toBe('SUCCEEDED');
    expect(output).toEqual({ refunded: true, refund: expect.objectContaining({ currency, amount }), approvedBy: null });
    expect(namesOf(steps)).toEqual(['IsSmall', 'Refund', 'Refunded']);
  });

  test.each([
    ['EUR', 5001],
    ['JPY', 50],
  ])('asks for more, and in any other currency: %s %d', async (currency, amount) => {
    const { steps } = await ask({ by: 'finance' }, { currency, amount });

    expect(namesOf(steps)).toContain('AskForApproval');
  });

  test('refunds what a person has approved', async () => {
    const { output } = await ask({ comment: 'Never delivered.', by: 'finance' });

    expect(output).toEqual({
      refunded: true,
      refund: { id: expect.stringMatching(/^refund-.+-approve-refund$/), ...requested },
      approvedBy: 'finance',
    });
  });

  test.each([
    [{ comment: 'Never ordered.', by: 'finance' }, 'Never ordered.'],
    [{ status: 'failed', at: '2026-11-21T00:00:00.000Z', by: 'finance' }, 'Declined.'],
  ])('keeps the money when a person declines: %j', async (cause, reason) => {
    const { status, output, steps } = await ask({ error: 'Millrace.CallbackFailed', cause: JSON.stringify(cause) });

    expect(status).toBe('SUCCEEDED');
    expect(output).toEqual({ refunded: false, orderId: 'order-4711', declinedBy: 'finance', reason });
    expect(namesOf(steps)).not.toContain('Refund');
  });

  test('sends the link to who decides, and waits for the same question', async () => {
    const { steps } = await ask({ by: 'finance' });
    const inputOf = (name: string) => JSON.stringify(steps.find((step) => step.name === name));

    expect(namesOf(steps).slice(0, 4)).toEqual(['IsSmall', 'OpenApproval', 'AskForApproval', 'WaitForApproval']);
    expect(inputOf('OpenApproval')).toMatch(
      /https:\/\/millrace\.example\/callback\/[a-z2-7]{26}\?expires=\d+&by=finance&signature=/,
    );
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
  test.each(['States.Timeout', 'Millrace.CallbackExpired'])('declines when nobody answers in time: %s', async (error) => {
    const { status, output, steps } = await ask({ error });

    expect(status).toBe('SUCCEEDED');
    expect(output).toEqual({
      refunded: false,
      orderId: 'order-4711',
      declinedBy: null,
      reason: 'Nobody answered within three days.',
    });
    expect(namesOf(steps)).not.toContain('Refund');
  });

  test('fails, and refunds nothing, when it cannot wait', async () => {
    const { status, error, steps } = await ask({ error: 'Lambda.Unknown', cause: 'Out of memory.' });

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'Lambda.Unknown' });
    expect(namesOf(steps)).not.toContain('Refund');
  });

  test.each([
    ['nothing', { amount: 0 }],
    ['less than nothing', { amount: -1 }],
    ['parts of a cent', { amount: 12.5 }],
    ['an amount in words', { amount: 'all' }],
    ['no order', { orderId: undefined }],
    ['a currency that is none', { currency: 'euros' }],
  ])('does not take a request for %s', async (_what, changes) => {
    await expect(ask(null, changes)).rejects.toThrow('The input does not fit');
  });

  test('makes the same refund when the task is tried again', async () => {
    const request = { activityId: 'abc-approve-refund', ...requested };

    expect(await refund(request)).toEqual(await refund(request));
  });
});

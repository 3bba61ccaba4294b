import { describe, expect, test } from '@jest/globals';
import { describeCallback } from '../../../bin/commands/callbacks.ts';

const callback = {
  callbackId: 'dtvuip66bifwlr2eb5vf4ontdr',
  activityId: 'e1-hello',
  workflowId: 'hello',
  topic: 'Refund of order-4711',
  state: 'open',
  awaited: true,
  approvals: { needed: 2, given: 1 },
  expiresAt: '2026-02-07T12:00:00.000Z',
};

describe('describeCallback', () => {
  test('shows what is asked, how it stands, and the URL of each approver', () => {
    const text = describeCallback({ ...callback, urls: [{ approver: 'ada', url: 'https://m.example/callback/d?by=ada' }] });

    expect(text).toMatch(/^topic: +Refund of order-4711$/m);
    expect(text).toMatch(/^a step waits: +yes\napprovals: +1 of 2$/m);
    expect(text).toMatch(/^WHO +URL\nada +https:\/\/m\.example\/callback\/d\?by=ada$/m);
  });

  test('shows one URL as for anyone, and none once it is decided', () => {
    expect(describeCallback({ ...callback, urls: [{ url: 'https://m.example/callback/d' }] })).toMatch(/^anyone +https:/m);
    expect(describeCallback({ ...callback, state: 'failed', awaited: false })).not.toContain('URL');
  });
});

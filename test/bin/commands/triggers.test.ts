import { describe, expect, test } from '@jest/globals';
import { describeTrigger, type ListedTrigger } from '../../../bin/commands/triggers.ts';

const webhook = (differences: Partial<ListedTrigger> = {}): ListedTrigger => ({
  id: 'hello',
  kind: 'webhook',
  workflowId: 'hello',
  enabled: true,
  url: 'http://127.0.0.1:8787/webhook/hello',
  methods: ['POST'],
  auth: 'token',
  ...differences,
});

describe('describeTrigger', () => {
  test('gives a curl line that takes the token from the environment', () => {
    expect(describeTrigger(webhook())).toContain(
      `curl -X POST 'http://127.0.0.1:8787/webhook/hello' -H "Authorization: Bearer $MILLRACE_TOKEN" -H 'Content-Type: application/json' -d '{}'`,
    );
  });

  test('an open webhook needs no token, a GET no body', () => {
    const lines = describeTrigger(webhook({ auth: 'none', methods: ['GET'] })).split('\n');
    expect(lines).toContain(`  curl -X GET 'http://127.0.0.1:8787/webhook/hello'`);
  });

  test('a URL cannot end its quotes in the shell', () => {
    expect(describeTrigger(webhook({ url: "http://x/';reboot;'" }))).toContain(`'http://x/'\\'';reboot;'\\'''`);
  });

  test('without a URL there is nothing to call', () => {
    const { url, ...manual } = webhook({ id: 'manual', kind: 'manual' });
    expect(describeTrigger(manual)).not.toContain('curl');
  });

  test('a schedule shows when it fires next, an event trigger what it listens to', () => {
    const { url, methods, auth, ...common } = webhook();
    const schedule = { expression: 'cron(0 2 * * ? *)', timezone: 'Europe/Berlin', windowMinutes: 10 };

    const nightly = describeTrigger({ ...common, kind: 'schedule', schedule, nextFireAt: '2026-11-22T01:00:00.000Z' });
    const event = describeTrigger({
      ...common,
      kind: 'event',
      source: 'millrace.github',
      types: ['push'],
      filter: { ref: ['main'] },
    });

    expect(nightly).toMatch(/^schedule: +cron\(0 2 \* \* \? \*\)$/m);
    expect(nightly).toMatch(/^next: +2026-11-22T01:00:00.000Z$/m);
    expect(event).toMatch(/^filter: +\{"ref":\["main"\]\}$/m);
  });
});

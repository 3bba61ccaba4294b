import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { slack } from '../../../core/integrations/slack/slack.ts';
import { aProviderRequest, aSignedSample, later, NOW, rejection } from './requests.ts';

type Options = { signingSecret: string; body: string; headers: Record<string, unknown>; nowMilliseconds: number };
const { isValidSlackRequest }: { isValidSlackRequest: (options: Options) => boolean } = createRequire(import.meta.url)(
  '@slack/bolt/dist/receivers/verify-request.js',
);

// https://docs.slack.dev/authentication/verifying-requests-from-slack/
const EXAMPLE = {
  signingSecret: '8f742231b10e8888abcd99yyyzzz85a5',
  timestamp: '1531420618',
  signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
};
const at = (seconds: number) => new Date((Number(EXAMPLE.timestamp) + seconds) * 1_000);
const example = (receivedAt: Date) =>
  aProviderRequest(
    EXAMPLE.body,
    {
      'Content-Type': 'application/x-www-form-urlencoded',
      'X-Slack-Request-Timestamp': EXAMPLE.timestamp,
      'X-Slack-Signature': EXAMPLE.signature,
    },
    receivedAt,
  );
const secrets = { signingSecret: [EXAMPLE.signingSecret] };

describe('Slack', () => {
  test("believes the documentation's example, within five minutes", () => {
    expect(rejection(slack, example(at(300)), secrets)).toBeUndefined();
    expect(rejection(slack, example(at(301)), secrets)).toMatch(/older/);
    expect(rejection(slack, example(at(-301)), secrets)).toMatch(/ahead/);
    expect(rejection(slack, example(at(0)), { signingSecret: ['other'] })).toMatch(/not that of the signing secret/);
  });

  test("signs as Slack's library expects", async () => {
    const { headers, body } = await aSignedSample(slack, secrets);
    const { signingSecret } = EXAMPLE;

    expect(isValidSlackRequest({ signingSecret, body, headers, nowMilliseconds: NOW.getTime() })).toBe(true);
    expect(isValidSlackRequest({ signingSecret: 'x', body, headers, nowMilliseconds: NOW.getTime() })).toBe(false);
    expect(isValidSlackRequest({ signingSecret, body, headers, nowMilliseconds: later(301).getTime() })).toBe(false);
  });

  test('repeats the challenge, before the secret is known or once it is verified', () => {
    const challenge = aProviderRequest('{"token":"x","challenge":"3eZbrw1aBm2rZgRNFdxV","type":"url_verification"}', {});
    const answer = { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '3eZbrw1aBm2rZgRNFdxV' };

    expect(slack.handshake?.(challenge, {}, false)).toEqual(answer);
    expect(slack.handshake?.(challenge, secrets, false)).toBeUndefined();
    expect(slack.handshake?.(challenge, secrets, true)).toEqual(answer);
    expect(slack.handshake?.(aProviderRequest('{"type":"event_callback","challenge":"x"}', {}), {}, false)).toBeUndefined();
  });

  test('reads an event by its inner type, and knows a retry by its event id', () => {
    const body = Buffer.from(
      JSON.stringify({
        type: 'event_callback',
        team_id: 'T1',
        event_id: 'Ev1',
        event_time: 1_700_000_000,
        event: { type: 'app_mention' },
      }),
    );
    const read = { type: 'app_mention', subject: 'T1', deliveryKey: 'Ev1', time: '2023-11-14T22:13:20.000Z' };

    expect(slack.read(aProviderRequest(body, {}), body, {})).toEqual(read);
    expect(slack.read(aProviderRequest(body, { 'X-Slack-Retry-Num': '1' }), body, {})).toEqual(read);
  });

  test('reads a slash command and an interaction from their forms', () => {
    const command = example(at(0));
    expect(slack.read(command, command.body, {})).toMatchObject({
      type: 'slash_command',
      subject: 'T1DC2JH3J',
      data: { text: '' },
    });

    const form = Buffer.from(
      new URLSearchParams({ payload: JSON.stringify({ type: 'block_actions', team: { id: 'T2' } }) }).toString(),
    );
    const interaction = aProviderRequest(form, { 'content-type': 'application/x-www-form-urlencoded' });
    expect(slack.read(interaction, form, {})).toMatchObject({ type: 'block_actions', subject: 'T2' });
  });
});

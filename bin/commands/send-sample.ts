import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { callApi, jsonBody } from './management-api.ts';
import { formatRecord } from './table.ts';

const signedSchema = v.looseObject({
  url: v.string(),
  method: v.string(),
  headers: v.record(v.string(), v.string()),
  body: v.string(),
});

const TIMEOUT_SECONDS = 30;

/** Sends an event's sample to a subscription's callback URL, signed as its provider signs. */
export async function sendSample(subscription: string, type: string, command: Command): Promise<void> {
  const path = `/v1/subscriptions/${subscription}/sample`;
  const signed = await callApi(connectionOf(command), { method: 'POST', path, ...jsonBody({ type }) }, signedSchema);
  const { status, text } = await post(signed);
  if (status >= 300) throw new CommandFailed(`The subscription answered ${status}: ${detailIn(text)}`);
  const { eventId } = Object(parsed(text));
  show(command, { type, url: signed.url, status, ...(typeof eventId === 'string' && { eventId }) }, (sent) =>
    [
      formatRecord({ sent: sent.type, to: sent.url, answer: `${sent.status} ${text}`.trimEnd() }),
      sent.eventId === undefined
        ? `See what became of it with: npx millrace deliveries list --subscription ${subscription}`
        : `See what became of it with: npx millrace deliveries show ${sent.eventId}`,
    ].join('\n'),
  );
}

async function post({ url, method, headers, body }: v.InferOutput<typeof signedSchema>): Promise<{ status: number; text: string }> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_SECONDS * 1_000);
    const response = await fetch(url, { method, headers, body, redirect: 'manual', signal });
    return { status: response.status, text: await response.text() };
  } catch {
    throw new CommandFailed(`${url} cannot be reached.`);
  }
}

/** RFC 9457's, or the whole. */
function detailIn(text: string): string {
  const { detail } = Object(parsed(text));
  return typeof detail === 'string' ? detail : text.slice(0, 200);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

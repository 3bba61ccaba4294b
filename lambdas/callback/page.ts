import { createHash } from 'node:crypto';
import { type Callback, placeOf, stateOf } from '../../core/callbacks/callback.ts';
import type { HttpResult } from '../middleware/http-handler.ts';

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
dt{color:#555}dd{margin:0 0 .5rem}textarea{width:100%;box-sizing:border-box;font:inherit}
button{font:inherit;padding:.6rem 1.2rem;margin:.5rem .5rem .5rem 0;cursor:pointer}`;

/** Nothing is loaded or run, the form goes nowhere else, nobody frames it or learns of its URL: that is a key. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
};

const BUTTONS = [
  ['succeeded', 'Approve'],
  ['failed', 'Decline'],
] as const;

/** A page that says what is so, and nothing to press. */
export function messagePage(statusCode: number, title: string, message: string): HttpResult {
  return pageOf(statusCode, title, `<p>${escaped(message)}</p>`);
}

/** The question, with a button for each answer or for the one that the link is for; each sends what the page's own URL has, signed. */
export function questionPage(callback: Callback, by: string | undefined, search: string, only: string | undefined): HttpResult {
  const query = new URLSearchParams(search);
  const buttons = BUTTONS.filter(([status]) => only === undefined || only === status).map(([status, label]) => {
    query.set('status', status);
    return `<button formaction="${escaped(`?${query}`)}">${label}</button>`;
  });
  const form = `<form method="post"><p><label>Comment<br><textarea name="comment" rows="3" maxlength="2000"></textarea></label></p>${buttons.join('')}</form>`;
  return pageOf(200, callback.topic, `${factsOf(callback, by)}${form}`);
}

/** What has become of it, for who is not asked any more. */
export function outcomePage(callback: Callback, by: string | undefined, now: Date): HttpResult {
  const state = stateOf(callback, now);
  return pageOf(
    state === 'expired' ? 410 : 200,
    callback.topic,
    `${factsOf(callback, by)}<p>${escaped(outcomeOf(callback, by, now))}</p>`,
  );
}

function outcomeOf(callback: Callback, by: string | undefined, now: Date): string {
  const state = stateOf(callback, now);
  if (state === 'succeeded') return 'This was approved. There is nothing more to do.';
  if (state === 'failed') return 'This was declined. There is nothing more to do.';
  if (state === 'expired') return 'This has expired: nobody can answer it any more.';
  const given = Object.keys(callback.answers).length;
  const own = callback.answers[placeOf(callback, by) ?? ''];
  return `Your answer of ${own?.at} is kept: ${given} of ${callback.approvals} approvals are given.`;
}

function factsOf({ workflowId, topic, approvals, expiresAt }: Callback, by: string | undefined): string {
  const facts = {
    Topic: topic,
    Workflow: workflowId,
    ...(by !== undefined && { 'Who is asked': by }),
    ...(approvals > 1 && { 'Approvals needed': String(approvals) }),
    'Open until': expiresAt,
  };
  const rows = Object.entries(facts).map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`);
  return `<dl>${rows.join('')}</dl>`;
}

function pageOf(statusCode: number, title: string, content: string): HttpResult {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${STYLE}</style>`;
  const body = `<!doctype html><html lang="en"><head>${head}</head><body><h1>${escaped(title)}</h1>${content}</body></html>`;
  return { statusCode, headers: HEADERS, body };
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

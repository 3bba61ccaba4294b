import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as v from 'valibot';
import { connectionOf, examples, parseId, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { callApi } from './management-api.ts';
import { sendSample } from './send-sample.ts';
import { formatRecord, printable } from './table.ts';

const acceptedSchema = v.looseObject({
  activityId: v.string(),
  statusUrl: v.optional(v.string()),
  duplicate: v.optional(v.boolean()),
});

/** A HEAD request is left out: its answer cannot name the run. */
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS'];

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.ndjson': 'application/x-ndjson',
  '.txt': 'text/plain',
  '.md': 'text/markdown',
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.xml': 'application/xml',
  '.yaml': 'application/yaml',
  '.yml': 'application/yaml',
  '.pdf': 'application/pdf',
};

interface SendOptions {
  readonly header?: readonly Header[];
  readonly idempotencyKey?: string;
  readonly sample?: string;
  readonly method: string;
}

type Header = readonly [name: string, value: string];

interface Body {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

export function addSend(program: Command): void {
  program
    .command('send')
    .description('send a request to a webhook trigger, or a signed sample to a subscription')
    .argument('<trigger>', "the trigger's id; with --sample the subscription's name or id", parseId)
    .argument('[file]', 'what to send: a file, or - for stdin (default: the JSON {})')
    .option('--header <header>', "a header as 'Name: value'; repeat for more", addHeader)
    .option('--sample <event>', 'send a sample of this event to a subscription instead, signed as its provider signs')
    .option('--idempotency-key <key>', 'requests with one key start one run', parseIdempotencyKey)
    .addOption(new Option('--method <method>', 'the HTTP method').choices(METHODS).default('POST'))
    .addHelpText(
      'after',
      `
The content type follows the file's extension; stdin is application/json if it is JSON, else application/octet-stream.
--header 'Content-Type: ...' says otherwise.
${examples('send hello', 'send hello order.json --idempotency-key order-17', 'send hello - < order.json', 'send acme --sample pull_request.opened')}`,
    )
    .action(send);
}

async function send(trigger: string, file: string | undefined, options: SendOptions, command: Command): Promise<void> {
  if (options.sample !== undefined) return sendSample(trigger, options.sample, command);
  const bodiless = options.method === 'GET';
  if (bodiless && file !== undefined)
    throw new CommandFailed('A GET request carries no body; leave out the file or use another --method.', 2);
  const connection = connectionOf(command);
  const body = bodiless ? undefined : await readBody(file);
  const headers = new Headers(body && { 'content-type': body.contentType });
  if (options.idempotencyKey !== undefined) headers.set('idempotency-key', options.idempotencyKey);
  for (const [name, value] of options.header ?? []) headers.set(name, value);
  const accepted = await callApi(
    connection,
    { method: options.method, path: `/webhook/${trigger}`, headers, ...(body && { body: body.content }) },
    acceptedSchema,
  );
  show(command, accepted, ({ activityId, statusUrl, duplicate }) =>
    [
      formatRecord({
        'activity id': activityId,
        'status url': statusUrl,
        duplicate: duplicate ? 'yes, this run had been started before' : 'no',
      }),
      `See the run with: npx millrace runs show ${printable(activityId)}`,
    ].join('\n'),
  );
}

async function readBody(file: string | undefined): Promise<Body> {
  if (file === undefined) return { content: new TextEncoder().encode('{}'), contentType: 'application/json' };
  if (file === '-') {
    const content = new Uint8Array(await buffer(process.stdin));
    return { content, contentType: isJson(content) ? 'application/json' : 'application/octet-stream' };
  }
  try {
    return { content: new Uint8Array(await readFile(file)), contentType: contentTypeOf(file) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailed(code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${code}).`);
  }
}

/** The content type that a file's extension stands for. */
export function contentTypeOf(file: string): string {
  return CONTENT_TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream';
}

function isJson(content: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
    return true;
  } catch {
    return false;
  }
}

function addHeader(text: string, before: readonly Header[] = []): readonly Header[] {
  return [...before, parseHeader(text)];
}

/** Splits `Name: value`. Raises commander's `InvalidArgumentError` for what HTTP does not allow. */
export function parseHeader(text: string): Header {
  const [, name, value] = /^([^:]+):\s*(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined || !isHeader(name, value)) {
    throw new InvalidArgumentError("Write it as 'Name: value', in visible Latin characters.");
  }
  return [name, value];
}

function parseIdempotencyKey(text: string): string {
  if (text.trim() !== '' && isHeader('idempotency-key', text)) return text;
  throw new InvalidArgumentError('Use visible Latin characters.');
}

function isHeader(name: string, value: string): boolean {
  try {
    new Headers().set(name, value);
    return true;
  } catch {
    return false;
  }
}

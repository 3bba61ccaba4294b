import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import * as v from 'valibot';

/** A command ended without doing its work: one sentence for the person, and the exit code (1, or 2 for a wrong command line). */
export class CommandFailed extends Error {
  readonly exitCode: 1 | 2;
  constructor(sentence: string, exitCode: 1 | 2 = 1) {
    super(sentence);
    this.name = 'CommandFailed';
    this.exitCode = exitCode;
  }
}

export interface Connection {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly token?: string;
  /** Where the token comes from, for a message that must not show it. */
  readonly tokenSource?: string;
}

/** What `npm start` writes. */
const localStackSchema = v.object({ baseUrl: v.string(), adminToken: v.string() });

/**
 * Finds the stack to talk to: `url` (from `--url`), else `MILLRACE_URL`, else the local stack's file, looked for from `directory` upwards.
 * The token is `MILLRACE_TOKEN`, else the local stack's own, which never goes to any other address.
 * Raises `CommandFailed` when nothing is named or found.
 */
export function findStack(options: {
  url: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  directory: string;
}): Connection {
  const { MILLRACE_URL, MILLRACE_TOKEN, MILLRACE_STATE_DIR } = options.environment;
  const named = options.url ?? (MILLRACE_URL || undefined);
  const baseUrl = named === undefined ? undefined : parseBaseUrl(named, options.url === undefined ? 'MILLRACE_URL' : '--url');
  const token = MILLRACE_TOKEN?.trim();
  if (token) {
    // A header can carry no other characters, and the error that says so would show the token.
    if (!/^[\x21-\x7e]+$/.test(token)) throw new CommandFailed('MILLRACE_TOKEN holds characters that no token has.');
    return { baseUrl: baseUrl ?? findLocalStack().baseUrl, token, tokenSource: 'MILLRACE_TOKEN' };
  }
  if (baseUrl === undefined) return findLocalStack();
  const local = readLocalStack(options.directory, MILLRACE_STATE_DIR);
  return local?.baseUrl === baseUrl ? local : { baseUrl };

  function findLocalStack(): Connection {
    const found = readLocalStack(options.directory, MILLRACE_STATE_DIR);
    if (found) return found;
    throw new CommandFailed(
      'No stack to talk to: start one here with `npm start`, or name one with --url (or MILLRACE_URL) and put its token into MILLRACE_TOKEN.',
    );
  }
}

function readLocalStack(directory: string, stateDirectory: string | undefined): Connection | undefined {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    const file = resolve(folder, stateDirectory || '.millrace', 'local.json');
    const text = readIfThere(file);
    if (text !== undefined) {
      const shown = relative(directory, file);
      const { baseUrl, adminToken } = parseLocalStack(text, shown);
      return { baseUrl: parseBaseUrl(baseUrl, shown), token: adminToken, tokenSource: shown };
    }
    if (folder === dirname(folder)) return undefined;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CommandFailed(`${file} cannot be read (${code}).`);
  }
}

function parseLocalStack(text: string, file: string): v.InferOutput<typeof localStackSchema> {
  try {
    return v.parse(localStackSchema, JSON.parse(text));
  } catch {
    throw new CommandFailed(`${file} is not what \`npm start\` writes; start the stack again.`);
  }
}

function parseBaseUrl(text: string, from: string): string {
  const url = URL.parse(text);
  const usable = url && ['http:', 'https:'].includes(url.protocol) && !url.username && !url.password;
  if (!usable) {
    throw new CommandFailed(`${from} must hold an address such as https://millrace.example.com, without user or password.`, 2);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

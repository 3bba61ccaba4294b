import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Assertions say what is in it: this is what came over the wire.
  // biome-ignore lint/suspicious/noExplicitAny: a test's view of JSON from outside
  readonly json: any;
  readonly text: string;
}

export interface Call {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly body?: NonNullable<RequestInit['body']>;
}

/** Calls a running stack over HTTP. */
export async function send(url: string, call: Call = {}): Promise<Answer> {
  const body = call.json === undefined ? call.body : JSON.stringify(call.json);
  const response = await fetch(url, {
    method: call.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(call.json !== undefined && { 'content-type': 'application/json' }),
      ...(call.token && { authorization: `Bearer ${call.token}` }),
      ...call.headers,
    },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: isJson(response) ? JSON.parse(text) : undefined };
}

const isJson = (response: Response) => /[/+]json/.test(response.headers.get('content-type') ?? '');

/** Asks until `done` says yes to the answer; throws with the last answer when the deadline passes. */
export async function until<T>(ask: () => Promise<T>, done: (answer: T) => boolean, milliseconds = 30_000): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (done(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(`It did not happen in ${milliseconds} ms; the last answer was ${JSON.stringify(answer)}`);
    await delay(100);
  }
}

/** Runs the command line against a stack. Not `spawnSync`: a test that stands still does not see its kept connections end, and would use one again. */
export function runCommand(stack: { baseUrl: string; token: string }, args: readonly string[]) {
  const environment = { ...process.env, NODE_OPTIONS: '', MILLRACE_URL: stack.baseUrl, MILLRACE_TOKEN: stack.token };
  return new Promise<{ status: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, ['bin/millrace.ts', ...args], { env: environment }, (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, stdout, stderr }),
    );
  });
}

/** Has this run, as the API shows it, ended? A problem has a number as its status: a run that is not there yet has not. */
export const isOver = (run: Answer['json']): boolean =>
  typeof run?.status === 'string' && !['QUEUED', 'RUNNING'].includes(run.status);

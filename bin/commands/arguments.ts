import { type Command, InvalidArgumentError } from 'commander';
import { type Connection, findStack } from './connection.ts';

export const DEFAULT_LIMIT = 50;

/** Options that every command takes. */
export interface GlobalOptions {
  readonly url?: string;
  readonly json?: boolean;
}

/** The help's last lines: commands to type, each without its `npx millrace`. */
export const examples = (...commands: string[]): string =>
  ['', 'Examples:', ...commands.map((command) => `  $ npx millrace ${command}`)].join('\n');

/** The stack that a command's options, the environment and the current directory name. */
export function connectionOf(command: Command): Connection {
  const { url } = command.optsWithGlobals<GlobalOptions>();
  return findStack({ url, environment: process.env, directory: process.cwd() });
}

/** Writes `value` as JSON with `--json`, else what `forPeople` makes of it. */
export function show<T>(command: Command, value: T, forPeople: (value: T) => string): void {
  const { json } = command.optsWithGlobals<GlobalOptions>();
  process.stdout.write(`${json ? JSON.stringify(value, undefined, 2) : forPeople(value)}\n`);
}

/** Says on stderr, for people only, that a list goes on. */
export function sayThereIsMore(command: Command, page: { next?: string }): void {
  const { json } = command.optsWithGlobals<GlobalOptions>();
  if (page.next !== undefined && !json) process.stderr.write('There are more; see them with a higher --limit.\n');
}

/** An id fits into a path as it is; an empty one would address the whole list. */
export function parseId(text: string): string {
  if (/^[A-Za-z0-9_-]{1,128}$/.test(text)) return text;
  throw new InvalidArgumentError('An id is made of letters, digits, "-" and "_".');
}

export function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d{1,6}$/.test(text) && limit > 0) return limit;
  throw new InvalidArgumentError('Give a whole number from 1 to 999999.');
}

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;

/** Seconds in `90s`, `15m`, `12h`, `30d` or `2w`. */
export function parseLifetime(text: string): number {
  const [, amount, unit] = /^([1-9]\d{0,5})([smhdw])$/.exec(text) ?? [];
  if (amount && unit) return Number(amount) * SECONDS[unit as keyof typeof SECONDS];
  throw new InvalidArgumentError('Give a number and a unit, such as 90s, 15m, 12h, 30d or 2w.');
}

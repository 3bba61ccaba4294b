import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { CommandFailed } from './connection.ts';

/** An object from JSON that was typed, or from a file of JSON or YAML. Raises `CommandFailed`. */
export function readObject(given: string, what: string): Record<string, unknown> {
  const value = given.trimStart().startsWith('{') ? parsed(given, `The ${what}`) : readValue(given);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new CommandFailed(`The ${what} must be an object.`);
}

/** What a file of JSON or YAML holds. Raises `CommandFailed`. */
export function readValue(file: string): unknown {
  try {
    return parsed(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailed(code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${code}).`);
  }
}

function parsed(content: string, what: string): unknown {
  try {
    return parse(content);
  } catch {
    throw new CommandFailed(`${what} is neither JSON nor YAML.`);
  }
}

/** A secret that is typed or piped in, so that it stands in no shell history. Raises `CommandFailed` where there is none. */
export async function readSecret(what: string): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write(`Type ${what}, then Enter and Ctrl-D: `);
  const value = (await text(process.stdin)).trim();
  if (value === '') throw new CommandFailed(`There was no ${what} on stdin.`, 2);
  return value;
}

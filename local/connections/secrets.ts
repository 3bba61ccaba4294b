import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** What the local runtime knows of Secrets Manager: each secret's text is a variable of the environment or of a `.env` file. */
export interface Secrets {
  /** The secret's text, or undefined when it is not set. Read anew each time, so that a secret that is added needs no restart. */
  find(name: string): string | undefined;
}

/** The variable that holds a secret: `millrace/directory` is in `MILLRACE_SECRET_MILLRACE_DIRECTORY`. */
export const variableOf = (name: string): string => `MILLRACE_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;

/** `environment` wins over `file`, which need not exist. */
export function createSecrets(options: { environment: Readonly<Record<string, string | undefined>>; file: string }): Secrets {
  return {
    find(name) {
      const variable = variableOf(name);
      return options.environment[variable] || readVariables(options.file)[variable] || undefined;
    },
  };
}

function readVariables(file: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

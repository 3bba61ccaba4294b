import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Log } from '../log.ts';

/** A log file that has grown past this many bytes becomes `<name>.log.1`, and the one before it is gone. */
const LARGEST_FILE = 5 * 1024 * 1024;

export interface FunctionLogs {
  /** One line of a function's output, as the function wrote it. */
  write(functionName: string, line: string): void;
}

/** Keeps each function's output in `<stateDir>/logs/<function name>.log` and shows it with `--verbose`. */
export function createFunctionLogs(stateDir: string, log: Log): FunctionLogs {
  const folder = path.join(stateDir, 'logs');
  const sizes = new Map<string, number>();
  mkdirSync(folder, { recursive: true });
  return {
    write(functionName, line) {
      log.detail(`${functionName}: ${line}`);
      const file = path.join(folder, `${functionName}.log`);
      let size = sizes.get(functionName) ?? statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > LARGEST_FILE) {
        renameSync(file, `${file}.1`);
        size = 0;
      }
      appendFileSync(file, `${line}\n`);
      sizes.set(functionName, size + Buffer.byteLength(line) + 1);
    },
  };
}

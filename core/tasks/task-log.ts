import { AsyncLocalStorage } from 'node:async_hooks';
import { format } from 'node:util';

const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
type Level = (typeof LEVELS)[number];

/** What every line of one invocation carries. */
export interface LogFields {
  readonly activityId: string | undefined;
  readonly workflowId: string | undefined;
  readonly requestId: string | undefined;
}

type Write = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** One JSON line each, with the run's `activityId`; `fields` join the line. */
export interface TaskLog {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

const invocation = new AsyncLocalStorage<LogFields>();

/** Runs `work` as one invocation: what it writes to the console carries the fields too, when this is a Lambda function. */
export const withLogFields = <Result>(fields: LogFields, work: () => Result): Result => invocation.run(fields, work);

export const taskLog: TaskLog = {
  debug: (message, fields) => write('DEBUG', message, fields),
  info: (message, fields) => write('INFO', message, fields),
  warn: (message, fields) => write('WARN', message, fields),
  error: (message, fields) => write('ERROR', message, fields),
};

/**
 * Lambda takes a line that is JSON as it is, and its level and time from the line
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html).
 */
function write(level: Level, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  const { AWS_LAMBDA_LOG_LEVEL: least = '' } = process.env;
  if (LEVELS.indexOf(level) < (LEVELS as readonly string[]).indexOf(least)) return;
  const own = { timestamp: new Date().toISOString(), level, message, ...invocation.getStore() };
  // Ours come first to be read, and last to stand.
  LOG.write(`${JSON.stringify({ ...own, ...fields, ...own }, asJson)}\n`);
}

/** What JSON has no word for. */
function asJson(_key: string, value: unknown): unknown {
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  return typeof value === 'bigint' ? String(value) : value;
}

/** Elsewhere than in a function, such as in a team's tests, the console and the standard output are somebody else's. */
const isFunction = Boolean(process.env.AWS_LAMBDA_FUNCTION_NAME);
const LOG = isFunction ? process.stdout : process.stderr;

const CONSOLE: Readonly<Record<'debug' | 'info' | 'log' | 'warn' | 'error', Level>> = {
  debug: 'DEBUG',
  info: 'INFO',
  log: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
};

if (isFunction) {
  for (const [method, level] of Object.entries(CONSOLE) as [keyof typeof CONSOLE, Level][]) {
    const original = console[method];
    console[method] = (...args: unknown[]) => {
      if (invocation.getStore()) write(level, format(...args));
      else original(...args);
    };
  }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './client.ts';

const PROJECT = join(import.meta.dirname, '../..');

/** A stack to test: local or deployed. */
export interface Stack {
  readonly baseUrl: string;
  /** An admin token. */
  readonly token: string;
  close(): Promise<void>;
}

/**
 * The stack that `MILLRACE_E2E_URL` and `MILLRACE_E2E_TOKEN` name, deployed with the context `workflows=workflows,test/e2e/workflows`;
 * without them a local one, synthesized and started for this suite.
 */
export async function openStack(): Promise<Stack> {
  const { MILLRACE_E2E_URL: baseUrl, MILLRACE_E2E_TOKEN: token } = process.env;
  if (baseUrl && token) return { baseUrl, token, close: async () => undefined };
  const folder = temporaryFolder();
  const stack = await startLocal({ assemblyDir: await sharedAssembly(), stateDir: join(folder, 'state') });
  return {
    ...stack,
    close: async () => {
      await stack.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * The app with the tests' own workflows beside the samples, synthesized once for all suites: the first that asks does it, the others wait. The
 * runtime only reads it.
 */
export async function sharedAssembly(): Promise<string> {
  const folder = process.env.MILLRACE_E2E_SHARED;
  if (!folder) throw new Error('The end-to-end tests are run by jest, whose set-up makes the folder that they share.');
  const [assemblyDir, begun, done] = [join(folder, 'cdk.out'), join(folder, 'begun'), join(folder, 'done')];
  try {
    mkdirSync(begun);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await until(
      async () => existsSync(done),
      (isDone) => isDone,
      100_000,
    );
    return assemblyDir;
  }
  synthesize(assemblyDir);
  writeFileSync(done, '');
  return assemblyDir;
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'millrace-e2e-'));

/** Synthesizes the app with the folders of these directories; by default the tests' own workflows beside the samples. */
export function synthesize(assemblyDir: string, workflows = 'workflows,test/e2e/workflows', app = 'bin/app.ts'): string {
  const { status, stderr } = spawnSync(process.execPath, [app], {
    cwd: PROJECT,
    env: {
      ...process.env,
      CDK_OUTDIR: assemblyDir,
      CDK_CONTEXT_JSON: JSON.stringify({ workflows }),
    },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The stacks could not be synthesized: ${stderr}`);
  return assemblyDir;
}

export interface LocalStack extends Stack {
  /** What it has printed so far. */
  readonly printed: () => string;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
}

/** Starts the local runtime as a process of its own, as `npm start` does; `entry` may be another program that prints the same. */
export async function startLocal(options: {
  assemblyDir: string;
  stateDir: string;
  entry?: string;
  /** Synthesizes into `assemblyDir` by itself, again at each change; the environment says what. */
  watch?: boolean;
  environment?: Readonly<Record<string, string>>;
}): Promise<LocalStack> {
  const source = options.watch ? ['--watch'] : ['--assembly', options.assemblyDir];
  const child = spawn(process.execPath, [options.entry ?? 'local/main.ts', '--verbose', ...source], {
    cwd: PROJECT,
    env: {
      ...process.env,
      CDK_OUTDIR: options.assemblyDir,
      ...options.environment,
      MILLRACE_PORT: '0',
      MILLRACE_STATE_DIR: options.stateDir,
      NODE_OPTIONS: '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const collect = (chunk: Buffer) => {
      output += chunk;
      if (output.includes('Ready at ')) resolve();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('exit', (code) => reject(new Error(`The local runtime ended with ${code}: ${output}`)));
  });
  const { baseUrl, adminToken } = JSON.parse(readFileSync(join(options.stateDir, 'local.json'), 'utf8'));
  const end = async (signal: NodeJS.Signals) => {
    signalOnce(child, signal);
    await ended;
  };
  return { baseUrl, token: adminToken, printed: () => output, close: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

function signalOnce(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
}

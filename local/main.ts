import { spawnSync } from 'node:child_process';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createLog, type Log } from './log.ts';
import { startRuntime } from './runtime.ts';

const USAGE = `Usage: npm start -- [--verbose] [--assembly <folder that cdk synth wrote>]
MILLRACE_PORT (default 8787, 0 for any free one) and MILLRACE_STATE_DIR (default .millrace) move it.`;
const PROJECT = fileURLToPath(new URL('..', import.meta.url));

interface Options {
  readonly verbose: boolean;
  readonly port: number;
  readonly stateDir: string;
  /** A cloud assembly to run as it is; absent: the stacks are synthesized first. */
  readonly assemblyDir?: string;
}

function readOptions(): Options {
  const { values } = parseArgs({ options: { verbose: { type: 'boolean', default: false }, assembly: { type: 'string' } } });
  const port = Number(process.env.MILLRACE_PORT || 8787);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('MILLRACE_PORT must be a number from 0 to 65535.');
  return {
    verbose: values.verbose,
    port,
    stateDir: resolve(process.env.MILLRACE_STATE_DIR || '.millrace'),
    ...(values.assembly && { assemblyDir: resolve(values.assembly) }),
  };
}

/** Synthesizes the stacks as `cdk synth` does; gives the folder of the cloud assembly. */
function synthesize(log: Log): string {
  log.line('Synthesizing the stacks ...');
  const assemblyDir = resolve(PROJECT, 'cdk.out');
  const { status, stderr } = spawnSync(process.execPath, ['bin/app.ts'], {
    cwd: PROJECT,
    // The CDK's own validation is for `cdk synth`: it takes two of the five seconds.
    env: { ...process.env, CDK_OUTDIR: assemblyDir, CDK_VALIDATION: 'false' },
    encoding: 'utf8',
  });
  // Its progress is not worth a person's eyes; its mistakes name file, line and column.
  if (status !== 0)
    throw new Error(`${stderr.replaceAll(/^Bundling asset .*\n/gm, '').trim()}\nThe stacks could not be synthesized.`);
  return assemblyDir;
}

async function main(): Promise<void> {
  const { verbose, port, stateDir, assemblyDir } = readOptions();
  const log = createLog({ verbose });
  const runtime = await startRuntime({ assemblyDir: assemblyDir ?? synthesize(log), stateDir, port, log });
  log.line(`Ready at ${runtime.baseUrl} (state in ${relative(process.cwd(), stateDir) || '.'}; Ctrl-C stops it). Start a workflow:

  curl -X POST ${runtime.baseUrl}/webhook/hello \\
    -H 'Authorization: Bearer ${runtime.adminToken}' \\
    -H 'Content-Type: application/json' -d '{"name":"Ada"}'
`);
  const stop = async () => {
    log.line('Stopping ...');
    await runtime.close();
    log.line(`Counted as AWS would bill it: ${describeUsage(runtime.meter.read())}`);
    process.exit(0);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

const describeUsage = (usage: Readonly<Record<string, number>>): string =>
  Object.entries(usage)
    .map(([metric, amount]) => `${metric} ${Number(amount.toFixed(3))}`)
    .join(', ');

main().catch((error: Error) => {
  const isUsage = 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${error.message}\n${isUsage ? `${USAGE}\n` : ''}`);
  process.exit(1);
});

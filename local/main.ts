import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createLog, type Log } from './log.ts';
import { type Runtime, startRuntime } from './runtime.ts';
import { createSynthesizer } from './synthesizer.ts';
import { watchApp } from './watch.ts';

const USAGE = `Usage: npm start -- [--verbose] [--watch | --assembly <folder that cdk synth wrote>]
MILLRACE_PORT (default 8787, 0 for any free one) and MILLRACE_STATE_DIR (default .millrace) move it.`;
const PROJECT = fileURLToPath(new URL('..', import.meta.url));

interface Options {
  readonly verbose: boolean;
  /** Whether what is saved is deployed at once. */
  readonly watch: boolean;
  readonly port: number;
  readonly stateDir: string;
  /** A cloud assembly to run as it is; absent: the stacks are synthesized first. */
  readonly assemblyDir?: string;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      verbose: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      assembly: { type: 'string' },
    },
  });
  const port = Number(process.env.MILLRACE_PORT || 8787);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('MILLRACE_PORT must be a number from 0 to 65535.');
  if (values.watch && values.assembly) throw new Error('--watch synthesizes the stacks itself, so it takes no --assembly.');
  return {
    verbose: values.verbose,
    watch: values.watch,
    port,
    stateDir: resolve(process.env.MILLRACE_STATE_DIR || '.millrace'),
    ...(values.assembly && { assemblyDir: resolve(values.assembly) }),
  };
}

interface Started {
  readonly runtime: Runtime;
  /** Ends what watches, if anything does. */
  readonly unwatch?: () => void;
}

async function start({ watch, assemblyDir: given, ...options }: Options & { log: Log }): Promise<Started> {
  if (given) return { runtime: await startRuntime({ ...options, assemblyDir: given }) };
  options.log.line('Synthesizing the stacks ...');
  const assemblyDir = resolve(PROJECT, process.env.CDK_OUTDIR || 'cdk.out');
  const synthesizer = createSynthesizer({ project: PROJECT, assemblyDir });
  const since = Date.now();
  const directories = await synthesizer.synthesize().catch((error: Error) => {
    throw new Error(`${error.message}\nThe stacks could not be synthesized.`);
  });
  if (!watch) synthesizer.close();
  const runtime = await startRuntime({ ...options, assemblyDir });
  if (!watch) return { runtime };
  return { runtime, unwatch: watchApp({ project: PROJECT, directories, synthesizer, runtime, log: options.log, since }) };
}

async function main(): Promise<void> {
  const options = readOptions();
  const log = createLog(options);
  const { runtime, unwatch } = await start({ ...options, log });
  log.line(`Ready at ${runtime.baseUrl} (state in ${relative(process.cwd(), options.stateDir) || '.'}; Ctrl-C stops it). Start a workflow:

  curl -X POST ${runtime.baseUrl}/webhook/hello \\
    -H 'Authorization: Bearer ${runtime.adminToken}' \\
    -H 'Content-Type: application/json' -d '{"name":"Ada"}'
`);
  const stop = async () => {
    log.line('Stopping ...');
    unwatch?.();
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

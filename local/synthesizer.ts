import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';

export interface Synthesizer {
  /**
   * Synthesizes the stacks as `cdk synth` does, into the folder of the cloud assembly; gives the directories of the workflows. Rejects with an
   * `Error` whose message names each mistake with its file, line and column. One call at a time.
   */
  synthesize(): Promise<readonly string[]>;
  /** Forgets the app's own code (`bin`, `lib`, `core`): it is loaded again from its files. */
  reload(): void;
  close(): void;
}

const answerSchema = v.union([v.object({ directories: v.array(v.string()) }), v.object({ mistakes: v.string() })]);

/** The app in a process of its own that stays loaded, so that all but the first synthesis take a fraction of a second. */
export function createSynthesizer({ project, assemblyDir }: { project: string; assemblyDir: string }): Synthesizer {
  let child: ChildProcess | undefined;
  let said = '';

  function start(): ChildProcess {
    const started = fork('bin/synthesizer.ts', {
      cwd: project,
      env: {
        ...process.env,
        CDK_OUTDIR: assemblyDir,
        // The CDK's own validation is for `cdk synth`: it takes two of the five seconds, and bundling two more.
        CDK_VALIDATION: 'false',
        MILLRACE_BUNDLES: join(assemblyDir, '.bundles'),
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    started.stderr?.on('data', (chunk: Buffer) => {
      if (started === child) said += chunk;
    });
    return started;
  }

  function stop(): void {
    if (child?.connected) child.disconnect();
    child = undefined;
  }

  return {
    async synthesize() {
      said = '';
      child = child?.connected ? child : start();
      const answer = v.parse(answerSchema, await answerOf(child, () => said));
      if ('mistakes' in answer) throw new Error(answer.mistakes);
      return answer.directories;
    },
    reload() {
      stop();
      said = '';
      child = start();
    },
    close: stop,
  };
}

/** Rejects with what the process has said when it ends instead. */
function answerOf(child: ChildProcess, said: () => string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error(withoutInternals(said()) || 'The app ended without a word.'));
    child.once('close', ended);
    child.once('message', (message) => {
      child.off('close', ended);
      resolve(message);
    });
    child.send('synthesize');
  });
}

/** Of an error that ended Node.js: from the file that it is in to its message. */
const withoutInternals = (text: string): string => (/file:\/\/[\s\S]*?(?=\n {4}at )/.exec(text)?.[0] ?? text).trim();

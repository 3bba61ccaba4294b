import { basename, join, relative, resolve, sep } from 'node:path';
import type { Log } from './log.ts';
import type { Runtime } from './runtime.ts';
import type { Synthesizer } from './synthesizer.ts';
import type { Deployment } from './template/deploy.ts';
import { watchFolders } from './watch-folders.ts';

interface WatchOptions {
  /** The folder of the app, whose own code is watched too. */
  readonly project: string;
  /** Those of the workflows, from the project. */
  readonly directories: readonly string[];
  readonly synthesizer: Synthesizer;
  readonly runtime: Pick<Runtime, 'deployment' | 'redeploy'>;
  readonly log: Log;
  /** When what runs was read, in milliseconds since the epoch. */
  readonly since: number;
}

/** Of the project's own code: the app, its stacks, and what its functions are bundled from. */
const APP_FOLDERS = ['bin', 'core', 'lambdas', 'lib'];

/** How many changed things one line names. */
const NAMED = 3;

/**
 * Deploys what is saved, and says in one line what changed; of a mistake it says where, and the last good version goes on. Gives what ends it.
 */
export function watchApp({ project, directories, synthesizer, runtime, log, since }: WatchOptions): () => void {
  const workflowFolders = directories.map((directory) => resolve(project, directory));
  const appFolders = APP_FOLDERS.map((folder) => join(project, folder));
  /** Changed since the last good version. */
  const changed = new Set<string>();
  let pending = false;
  let ended = false;
  let isDeploying = false;

  async function deployChanges(): Promise<void> {
    isDeploying = true;
    while (pending && !ended) {
      pending = false;
      const began = performance.now();
      const before = runtime.deployment();
      const files = [...changed];
      try {
        await synthesizer.synthesize();
        await runtime.redeploy();
        for (const file of files) changed.delete(file);
        const subjects = namesOf(files, { project, workflowFolders }).map((name) =>
          withRevision(name, before, runtime.deployment()),
        );
        log.line(`changed: ${inOneLine(subjects)} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
      } catch (error) {
        if (!ended)
          log.line(`${error instanceof Error ? error.message : error}\nNothing is deployed; the last good version goes on.`);
      }
    }
    isDeploying = false;
  }

  const watcher = watchFolders([...new Set([...appFolders, ...workflowFolders])], since, (files) => {
    if (files.some((file) => appFolders.some((folder) => file.startsWith(folder + sep)))) synthesizer.reload();
    for (const file of files) changed.add(file);
    pending = true;
    if (!isDeploying) void deployChanges();
  });

  return () => {
    ended = true;
    watcher.close();
    synthesizer.close();
  };
}

/** A workflow by its directory and id, `workflows/hello`, any other file by its path in the project; each once. */
function namesOf(
  files: readonly string[],
  { project, workflowFolders }: { project: string; workflowFolders: readonly string[] },
): readonly string[] {
  const names = files.map((file) => {
    const directory = workflowFolders.find((folder) => file.startsWith(folder + sep));
    if (directory === undefined) return relative(project, file).replaceAll(sep, '/');
    return `${basename(directory)}/${relative(directory, file).split(sep)[0]}`;
  });
  return [...new Set(names)].sort();
}

function inOneLine(subjects: readonly string[]): string {
  const more = subjects.length - NAMED;
  return more > 0 ? `${subjects.slice(0, NAMED).join(', ')} and ${more} more` : subjects.join(', ');
}

/** With the workflow's new revision, if its state machine has another one than before. */
function withRevision(name: string, before: Deployment, now: Deployment): string {
  const versionOf = ({ resources }: Deployment) => {
    const versions = resources.filter(({ type }) => type === 'AWS::StepFunctions::StateMachineVersion').map(({ ref }) => ref);
    return versions.map((arn) => arn.split(':').slice(-2)).find(([machine]) => machine?.endsWith(`-${basename(name)}`))?.[1];
  };
  const revision = versionOf(now);
  return revision === undefined || revision === versionOf(before) ? name : `${name} (revision ${revision})`;
}

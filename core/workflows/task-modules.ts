import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { type BuildFailure, buildSync, type Message } from 'esbuild';
import type { Mistake } from './source-text.ts';

/** The modules `tasks/<name>.ts` of a workflow's folder, by name. */
export function taskModulesOf(folder: string): Record<string, string> {
  const tasks = join(folder, 'tasks');
  if (!statSync(tasks, { throwIfNoEntry: false })?.isDirectory()) return {};
  const modules = readdirSync(tasks).filter((name) => /^[A-Za-z0-9_-]{1,40}\.ts$/.test(name));
  return Object.fromEntries(modules.sort().map((name) => [name.slice(0, -'.ts'.length), join(tasks, name)]));
}

/**
 * What keeps these modules from becoming Lambda functions: syntax, imports of files that are not there, no `handler`. They are bundled as a
 * deployment bundles them, but without the packages that they import, which takes most of its time. `root` is what paths start from.
 */
export function taskMistakes(modules: readonly string[], root: string): Mistake[] {
  if (modules.length === 0) return [];
  try {
    const { metafile } = buildSync({
      entryPoints: [...modules],
      absWorkingDir: resolve(root),
      outdir: 'unwritten',
      write: false,
      metafile: true,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node24',
      logLevel: 'silent',
    });
    return Object.values(metafile.outputs).flatMap(({ entryPoint, exports }) =>
      entryPoint === undefined || exports.includes('handler')
        ? []
        : [
            {
              place: `${shownIn(root, resolve(root, entryPoint))}:1:1`,
              message: 'A task exports a function named handler; this one does not.',
            },
          ],
    );
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const mistakes = error.errors.map((message) => mistakeOf(message, root));
    // One that cannot be bundled keeps the others from being looked at.
    const broken = new Set(error.errors.map(({ location }) => resolve(root, location?.file ?? '')));
    const others = modules.filter((module) => !broken.has(resolve(root, module)));
    return others.length < modules.length ? distinct([...mistakes, ...taskMistakes(others, root)]) : mistakes;
  }
}

const distinct = (mistakes: readonly Mistake[]): Mistake[] => [
  ...new Map(mistakes.map((mistake) => [`${mistake.place} ${mistake.message}`, mistake])).values(),
];

const isBuildFailure = (error: unknown): error is BuildFailure => typeof error === 'object' && error !== null && 'errors' in error;

function mistakeOf({ text, location }: Message, root: string): Mistake {
  const file = location ? shownIn(root, resolve(root, location.file)) : 'tasks';
  // esbuild counts columns from 0.
  return { place: `${file}:${location?.line ?? 1}:${(location?.column ?? 0) + 1}`, message: `${text}.` };
}

const shownIn = (root: string, file: string): string => relative(root, file).replaceAll(sep, '/');

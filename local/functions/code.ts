import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Keeps the bundles of published versions in `directory`, so that a version runs its own code whatever becomes of the assembly it was
 * published from. A copy is named by its content and there once, whole: it gets its name last.
 */
export function codeKeeper(directory: string): (taskRoot: string) => string {
  return (taskRoot) => {
    const kept = join(directory, contentOf(taskRoot));
    if (existsSync(kept)) return kept;
    const unfinished = `${kept}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    cpSync(taskRoot, unfinished, { recursive: true, dereference: true });
    renameSync(unfinished, kept);
    return kept;
  };
}

function contentOf(folder: string): string {
  const hash = createHash('sha256');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of entries) {
    const content = readFileSync(file);
    hash.update(`${file.slice(folder.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds: an editor saves in several steps, and a checkout changes many files. */
const SETTLED_AFTER = 60;

/** Neither sources nor what a person wrote. */
const isIgnored = (name: string): boolean => name.startsWith('.') || name.endsWith('~') || name === 'node_modules';

/**
 * Tells the paths of files under these folders that were made, changed or removed, shortly after the last one of them was. Each folder is
 * watched by itself, and its files are compared by time and size: a file that an editor replaces is then like one that it writes.
 * `since` (milliseconds since the epoch) is when the folders were last read: what was saved after it is told at once.
 */
export function watchFolders(
  folders: readonly string[],
  since: number,
  onChange: (files: readonly string[]) => void,
): { close(): void } {
  /** By folder and birth: one that is made again under its name, perhaps with the same inode, is another one. */
  const watchers = new Map<string, FSWatcher>();
  let known = scan();
  let timer: NodeJS.Timeout | undefined;

  function scan(): Map<string, Fingerprint> {
    const files = new Map<string, Fingerprint>();
    const seen = new Set<string>();
    const visit = (folder: string) => {
      const { ino, birthtimeMs } = statSync(folder);
      const key = `${folder} ${ino} ${birthtimeMs}`;
      seen.add(key);
      if (!watchers.has(key))
        watchers.set(
          key,
          watch(folder, later).on('error', () => undefined),
        );
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (isIgnored(entry.name)) continue;
        const path = join(folder, entry.name);
        if (entry.isDirectory()) attempt(() => visit(path));
        else attempt(() => files.set(path, fingerprint(path)));
      }
    };
    for (const folder of folders) attempt(() => visit(folder));
    for (const [key, watcher] of watchers) {
      if (seen.has(key)) continue;
      watcher.close();
      watchers.delete(key);
    }
    return files;
  }

  function later(): void {
    clearTimeout(timer);
    timer = setTimeout(compare, SETTLED_AFTER);
  }

  function compare(): void {
    const now = scan();
    const changed = [...new Set([...known.keys(), ...now.keys()])].filter((file) => !isSame(known.get(file), now.get(file)));
    known = now;
    if (changed.length > 0) onChange(changed);
  }

  const late = [...known].filter(([, { changedAt }]) => changedAt > since).map(([file]) => file);
  if (late.length > 0) timer = setTimeout(onChange, SETTLED_AFTER, late);

  return {
    close() {
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

interface Fingerprint {
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
  readonly size: number;
}

function fingerprint(file: string): Fingerprint {
  const { mtimeMs, size } = statSync(file);
  return { changedAt: mtimeMs, size };
}

const isSame = (a: Fingerprint | undefined, b: Fingerprint | undefined): boolean =>
  a?.changedAt === b?.changedAt && a?.size === b?.size;

/** What is removed while it is looked at is not there. */
function attempt(look: () => void): void {
  try {
    look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

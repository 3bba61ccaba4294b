import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { watchFolders } from '../../local/watch-folders.ts';

let folder: string;
let told: string[];
let watcher: { close(): void };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watched-'));
  mkdirSync(join(folder, 'hello/tasks'), { recursive: true });
  for (const file of ['hello/workflow.yaml', 'hello/tasks/greet.ts']) write(file, 'first');
  told = [];
  watcher = watchFolders([folder, join(folder, 'missing')], Date.now() + 60_000, tell);
});

const tell = (files: readonly string[]) => void told.push(...files.map((file) => file.slice(folder.length + 1)));
afterEach(() => {
  watcher.close();
  rmSync(folder, { recursive: true });
});

const write = (file: string, content: string) => writeFileSync(join(folder, file), content);

async function toldOf(...files: string[]): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!files.every((file) => told.includes(file))) {
    if (performance.now() > deadline) throw new Error(`It told of ${told.join(', ') || 'nothing'} alone.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('it tells at once of what was saved since the folders were last read', async () => {
  watcher.close();
  utimesSync(join(folder, 'hello/workflow.yaml'), 1_000, 1_000);

  watcher = watchFolders([folder], 2_000_000, tell);

  await toldOf('hello/tasks/greet.ts');
  expect(told).toEqual(['hello/tasks/greet.ts']);
});

describe('it tells of a file that', () => {
  test('is written', async () => {
    write('hello/tasks/greet.ts', 'and second');

    await toldOf('hello/tasks/greet.ts');
    expect(told).toEqual(['hello/tasks/greet.ts']);
  });

  test('an editor replaces, each time', async () => {
    for (const content of ['second', 'the third']) {
      told.length = 0;
      write('hello/.workflow.yaml.swp', content);
      renameSync(join(folder, 'hello/.workflow.yaml.swp'), join(folder, 'hello/workflow.yaml'));

      await toldOf('hello/workflow.yaml');
      expect(told).toEqual(['hello/workflow.yaml']);
    }
  });

  test('is removed, or made in a new folder', async () => {
    rmSync(join(folder, 'hello/tasks'), { recursive: true });
    mkdirSync(join(folder, 'bye/tasks'), { recursive: true });
    write('bye/tasks/leave.ts', 'first');
    await toldOf('hello/tasks/greet.ts', 'bye/tasks/leave.ts');

    told.length = 0;
    write('bye/tasks/leave.ts', 'and second');
    await toldOf('bye/tasks/leave.ts');
  });

  test('is in a folder that is made again', async () => {
    rmSync(join(folder, 'hello'), { recursive: true });
    mkdirSync(join(folder, 'hello'));
    write('hello/workflow.yaml', 'other');
    await toldOf('hello/workflow.yaml');

    told.length = 0;
    write('hello/workflow.yaml', 'yet another');
    await toldOf('hello/workflow.yaml');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { makeStateFolder, openDatabase } from '../../local/state-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the state folder', () => {
  test('is opened again with what was in it', () => {
    const first = openDatabase(folder);
    first.exec('CREATE TABLE kept (value TEXT)');
    first.close();

    const second = openDatabase(folder);

    expect(second.prepare("SELECT name FROM sqlite_schema WHERE name = 'kept'").all()).toHaveLength(1);
    second.close();
  });

  const unusable = /^The state folder .+ cannot be used: .+ Move it away, or name another with MILLRACE_STATE_DIR\.$/;

  test('is refused in one sentence when its database is none', () => {
    writeFileSync(join(folder, 'state.sqlite'), 'not a database '.repeat(100));
    expect(() => openDatabase(folder)).toThrow(unusable);
  });

  test("is refused in one sentence when its database is another program's", () => {
    const other = new DatabaseSync(join(folder, 'state.sqlite'));
    other.exec('CREATE TABLE sqs_messages (somethingElse TEXT)');
    other.close();
    expect(() => openDatabase(folder)).toThrow(unusable);
  });

  test('is refused in one sentence when a file has its name', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeStateFolder(join(folder, 'file'))).toThrow(unusable);
  });
});

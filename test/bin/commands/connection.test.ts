import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findStack } from '../../../bin/commands/connection.ts';

const LOCAL = { baseUrl: 'http://127.0.0.1:8787', adminToken: 'mr_local', workspace: 'default' };

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'millrace-'));
});
afterEach(() => rmSync(project, { recursive: true }));

function writeLocal(folder: string, text = JSON.stringify(LOCAL)): void {
  mkdirSync(join(project, folder), { recursive: true });
  writeFileSync(join(project, folder, 'local.json'), text);
}

const find = (environment: Record<string, string> = {}, url?: string, directory = project) =>
  findStack({ url, environment, directory });

describe('findStack', () => {
  test('finds the local stack from a folder below', () => {
    writeLocal('.millrace');
    const below = join(project, 'workflows', 'hello');
    mkdirSync(below, { recursive: true });

    expect(find({}, undefined, below)).toMatchObject({ baseUrl: LOCAL.baseUrl, token: LOCAL.adminToken });
  });

  test.each([
    ['relative to a folder above', (name: string) => name],
    ['absolute', (name: string) => join(project, name)],
  ])('looks into MILLRACE_STATE_DIR, %s', (_, stateDirectory) => {
    writeLocal('state');
    expect(find({ MILLRACE_STATE_DIR: stateDirectory('state') })).toMatchObject({ token: LOCAL.adminToken });
  });

  test('--url comes before MILLRACE_URL, and MILLRACE_URL before the local stack', () => {
    writeLocal('.millrace');
    const environment = { MILLRACE_URL: 'https://two.example.com/prod/' };

    expect(find(environment, 'https://one.example.com').baseUrl).toBe('https://one.example.com');
    expect(find(environment).baseUrl).toBe('https://two.example.com/prod');
  });

  test("the local stack's token goes to no other address", () => {
    writeLocal('.millrace');

    expect(find({}, 'https://one.example.com').token).toBeUndefined();
    expect(find({}, `${LOCAL.baseUrl}/`).token).toBe(LOCAL.adminToken);
  });

  test('MILLRACE_TOKEN comes before the local one; empty variables count as unset', () => {
    writeLocal('.millrace');

    expect(find({ MILLRACE_TOKEN: 'mr_mine\n' })).toMatchObject({ baseUrl: LOCAL.baseUrl, token: 'mr_mine' });
    expect(find({ MILLRACE_TOKEN: '', MILLRACE_URL: '' })).toMatchObject({ token: LOCAL.adminToken });
  });

  test('says both ways to name a stack when there is none', () => {
    expect(() => find()).toThrow(/npm start.*--url.*MILLRACE_TOKEN/);
  });

  test.each(['', '{"baseUrl": 1}', 'null'])('refuses a local.json that holds %j', (text) => {
    writeLocal('.millrace', text);
    expect(() => find()).toThrow('start the stack again');
  });

  test.each(['localhost:8787', 'ftp://x.example.com', 'https://me:secret@x.example.com'])('refuses the address %s', (url) => {
    expect(() => find({}, url)).toThrow('--url must hold an address');
  });

  test('a token that no header can carry is refused without being shown', () => {
    expect(() => find({ MILLRACE_TOKEN: 'mr_a\nb' }, 'https://one.example.com')).toThrow(
      'MILLRACE_TOKEN holds characters that no token has.',
    );
  });
});

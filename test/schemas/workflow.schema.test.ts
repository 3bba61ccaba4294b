import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Schema, Validator } from '@cfworker/json-schema';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { editorSchema } from '../../core/workflows/file/editor-schema.ts';

const PROJECT = join(import.meta.dirname, '../..');
const committed: Schema = JSON.parse(readFileSync(join(PROJECT, 'schemas/workflow.schema.json'), 'utf8'));
const fits = (value: unknown) => new Validator(committed, '7').validate(value).valid;

describe('schemas/workflow.schema.json', () => {
  test('is what npm run schema writes', () => {
    expect(committed).toEqual(JSON.parse(JSON.stringify(editorSchema())));
  });

  test.each(globSync('workflows/*/workflow.yaml', { cwd: PROJECT }))('fits %s, which names it', (file) => {
    const text = readFileSync(join(PROJECT, file), 'utf8');

    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/schemas\/workflow\.schema\.json\n/);
    expect(fits(parse(text))).toBe(true);
  });

  test.each([
    ['an unknown key', { name: 'A', nmae: 'B' }, false],
    ['a wrong kind', { name: 'A', triggers: [{ kind: 'mail', id: 'a' }] }, false],
    ['an event trigger without a source', { name: 'A', triggers: [{ kind: 'event', id: 'a', types: ['x'] }] }, false],
    [
      "a trigger by AWS's events",
      { name: 'A', triggers: [{ kind: 'event', id: 'a', source: 'aws', pattern: { source: ['aws.s3'] } }] },
      true,
    ],
    ['an unknown keyword of an input schema', { name: 'A', input: { body: { properties: { a: { typ: 'string' } } } } }, false],
    ['an input schema', { name: 'A', input: { body: { type: ['object', 'null'], additionalProperties: false } } }, true],
    ['a schedule', { name: 'A', triggers: [{ kind: 'schedule', id: 'a', rate: '5 minutes', params: { a: 1 } }] }, true],
    ['a connection', { name: 'A', connections: { crm: { type: 'api-key', header: 'x', secret: 'a/b' } } }, true],
  ])('judges %s', (_, value, expected) => {
    expect(fits(value)).toBe(expected);
  });
});

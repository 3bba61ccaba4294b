import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileExpressions } from '../../../../core/workflows/expressions/compile.ts';
import { parseSourceText } from '../../../../core/workflows/source-text.ts';
import type { Json } from '../../../../local/aws/service.ts';
import { outputOf, received } from './evaluate.ts';

/** Also keys that objects have by themselves, and what could end a text, an expression or a template. */
const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'length',
    "' & $uuid() & '",
    '%}',
    '{%',
    '${',
    '}',
    '\\',
    '\\u0027',
    '`',
    '\n',
    ' ',
  ),
);
const quoted = (name: string) => `['${name.replaceAll(/['\\]/g, '\\$&')}']`;
/** As a JSON text has it: without the -0 of JavaScript. */
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
const few = { numRuns: 150 };

const objectWith = (name: string, value: unknown): unknown => Object.fromEntries([[name, value]]);

describe('expressions', () => {
  test('keep any JSON value as it is', async () => {
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        const input = received({ input: { body: value } });
        const before = { A: { Type: 'Pass', Output: '{% $states.input.workflow.input.body %}' } };

        expect(await outputOf(`\${workflow.input.body}`, { input })).toEqual(value);
        expect(await outputOf(`\${workflow.input.body[0]}`, { input: received({ input: { body: [value] } }) })).toEqual(value);
        expect(await outputOf(`\${A.output}`, { input, before })).toEqual(value);
      }),
      few,
    );
  });

  test('look up exactly the key that is quoted', async () => {
    await fc.assert(
      fc.asyncProperty(key, key, json, async (name, other, value) => {
        const text = `\${workflow.input.body${quoted(name)}}`;

        expect(await outputOf(text, { input: received({ input: { body: objectWith(name, value) } }) })).toEqual(value);
        const found = await outputOf(text, { input: received({ input: { body: objectWith(other, 1) } }) });
        expect(found).toBe(name === other ? 1 : null);
      }),
      few,
    );
  });

  test('read all elements, in order, each by itself', async () => {
    const element = fc.oneof(
      json,
      json.map((value) => ({ x: value })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(element, { maxLength: 4 }), async (elements) => {
        const read = (value: unknown): unknown =>
          typeof value === 'object' && value !== null && Object.hasOwn(value, 'x') ? (value as Json).x : null;

        const found = await outputOf(`\${workflow.input.body[*].x}`, { input: received({ input: { body: elements } }) });

        expect(found).toEqual(elements.map(read));
      }),
      few,
    );
  });

  test('join strings as they are', async () => {
    await fc.assert(
      fc.asyncProperty(key, key, key, async (before, value, after) => {
        const literal = (text: string) => text.replaceAll('$', '').replaceAll('%', '');
        const text = `${literal(before)}\${workflow.input.body}-${literal(after)}`;

        const joined = await outputOf(text, { input: received({ input: { body: value } }) });

        expect(joined).toBe(`${literal(before)}${value}-${literal(after)}`);
      }),
      few,
    );
  });

  test('never fail with anything but their mistakes', () => {
    const piece = fc.constantFrom(
      '${',
      '$${',
      '}',
      'workflow',
      '.input',
      '.body',
      'A',
      '.output',
      "['",
      "']",
      '[0]',
      '[*]',
      ' ',
      '\\',
      '{%',
      '%}',
      'é\ud800',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    );
    const field = fc.constantFrom(
      'Output',
      'Assign',
      'Condition',
      'Next',
      'Catch',
      'Choices',
      'ItemProcessor',
      'Branches',
      'Seconds',
      '__proto__',
    );
    fc.assert(
      fc.property(
        fc.dictionary(field, fc.oneof(text, json, fc.array(fc.dictionary(field, text)))),
        text,
        json,
        (fields, other, states) => {
          const A = { Type: 'Pass', Next: 'B', ...fields };
          for (const given of [{ A, B: { Type: 'Pass', Output: other, Next: 'A' } }, states]) {
            const source = parseSourceText('a', JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A', States: given }));
            const { mistakes, build } = compileExpressions(source, source.value as Json);
            for (const { place } of mistakes) expect(place).toMatch(/^a:1:\d+$/);
            build(() => 'arn');
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from '../../../core/errors.ts';
import { parseJsonText } from '../../../core/events/json-text.ts';

const parse = (text: string) => parseJsonText(Buffer.from(text));
const statusOf = (text: string | Buffer) => {
  try {
    parseJsonText(Buffer.from(text));
    return 200;
  } catch (error) {
    return error instanceof Problem ? error.status : error;
  }
};

describe('JSON bodies', () => {
  test('come out as they went in', () => {
    fc.assert(
      fc.property(
        // Without integers beyond 64 bits, which are refused.
        fc.json().filter((text) => !/\d{19}/.test(text)),
        (text) => JSON.stringify(parse(text)) === JSON.stringify(JSON.parse(text)),
      ),
    );
  });

  test('no bytes make the parser throw anything but a problem of the sender', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => [200, 400, 422].includes(Number(statusOf(Buffer.from(bytes))))),
    );
    fc.assert(fc.property(fc.string(), (text) => [200, 400, 422].includes(Number(statusOf(text)))));
  });

  test.each(['9007199254740993', '9223372036854775807', '-9223372036854775808'])('keeps every digit of %s', (digits) => {
    expect(JSON.stringify(parse(`{"n":[${digits}]}`))).toBe(`{"n":[${digits}]}`);
  });

  test.each(['1e20', '-9.3e18', '100000000000000000000.0', '9007199254740993.5'])('keeps the notation of %s', (number) => {
    expect(JSON.stringify(parse(`{"n":${number}}`))).toBe(`{"n":${number}}`);
  });

  test.each([
    ['an integer beyond 64 bits', '{"n":9223372036854775808}', 422],
    ['a negative integer beyond 64 bits', '[-9223372036854775809]', 422],
    ['a number no float holds', '[1e400]', 422],
    ['half a surrogate pair', '["\\ud800"]', 422],
    ['half a surrogate pair as a key', '{"\\udc00":1}', 422],
    ['101 levels', '['.repeat(101) + ']'.repeat(101), 422],
    ['10,000 levels', '['.repeat(10_000) + ']'.repeat(10_000), 422],
    ['10,000 levels never closed', '{"a":'.repeat(10_000), 422],
    ['broken JSON', '{"a":', 400],
    ['no JSON', 'hello', 400],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400],
  ])('refuses %s', (_what, body, status) => {
    expect(statusOf(body)).toBe(status);
  });

  test.each([
    ['100 levels', '['.repeat(100) + ']'.repeat(100)],
    ['brackets inside strings', JSON.stringify('['.repeat(500))],
    ['a whole surrogate pair', '["\\ud83d\\ude00"]'],
    ['a backslash before the text ud800', '["\\\\ud800"]'],
    ['a key twice', '{"a":1,"a":2}'],
    ['a byte order mark', '\ufeff{}'],
  ])('takes %s', (_what, body) => {
    expect(statusOf(body)).toBe(200);
  });

  test('keeps a __proto__ key as data', () => {
    const value = parse('{"__proto__":{"admin":true}}');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"admin":true}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test('never repeats the body in the error', () => {
    expect(() => parse('{"secret":hunter2}')).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
  });
});

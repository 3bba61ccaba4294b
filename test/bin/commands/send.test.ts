import { describe, expect, test } from '@jest/globals';
import { contentTypeOf, parseHeader } from '../../../bin/commands/send.ts';

test.each([
  ['order.json', 'application/json'],
  ['ORDER.JSON', 'application/json'],
  ['notes.txt', 'text/plain'],
  ['feed.xml', 'application/xml'],
  ['rows.csv', 'text/csv'],
  ['config.yml', 'application/yaml'],
  ['folder.json/image.png', 'application/octet-stream'],
  ['README', 'application/octet-stream'],
])('%s is sent as %s', (file, contentType) => {
  expect(contentTypeOf(file)).toBe(contentType);
});

describe('parseHeader', () => {
  test('splits at the first colon', () => {
    expect(parseHeader('X-Link: https://example.com')).toEqual(['X-Link', 'https://example.com']);
  });

  test.each(['no-colon', ': value', 'a b: c', 'X-Two: a\r\nX-Three: b'])('refuses %j', (text) => {
    expect(() => parseHeader(text)).toThrow("'Name: value'");
  });
});

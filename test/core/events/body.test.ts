import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from '../../../core/errors.ts';
import { parseBody } from '../../../core/events/body.ts';

const parse = (contentType: string | undefined, body: string | Buffer, headers: Record<string, string> = {}) =>
  parseBody({ ...(contentType && { 'content-type': contentType }), ...headers }, Buffer.from(body));

describe('bodies', () => {
  test.each([
    ['JSON', 'application/json', '{"a":[1,null]}', { a: [1, null] }],
    ['JSON with a suffix and a charset', 'application/vnd.api+json; charset=utf-8', '[]', []],
    ['a JSON string', 'application/json', '"text"', 'text'],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&b=x+y&a=2&c', { a: ['1', '2'], b: 'x y', c: '' }],
    ['text', 'text/plain', 'grüße', 'grüße'],
    ['XML', 'application/xml', '<a/>', '<a/>'],
    ['text in another charset', 'text/plain; charset=iso-8859-1', Buffer.from([0xe9]), 'é'],
    ['nothing', 'application/json', '', null],
  ])('%s', async (_what, contentType, body, expected) => {
    expect((await parse(contentType, body)).data).toEqual(expected);
  });

  test('binary content keeps every byte', async () => {
    const bytes = Buffer.from([0, 255, 10, 13]);
    const { data } = await parse('image/png', bytes);
    expect(data).toEqual({ contentType: 'image/png', size: 4, base64: bytes.toString('base64') });
  });

  test('a body without a type is binary content', async () => {
    const { data, contentType } = await parse(undefined, 'abc');
    expect(contentType).toBe('application/octet-stream');
    expect(data).toMatchObject({ size: 3 });
  });

  test('a multipart form gives its fields and its files with name, type and bytes', async () => {
    const form = new FormData();
    form.append('title', 'Report');
    form.append('tag', 'a');
    form.append('tag', 'b');
    form.append('file', new File([new Uint8Array([1, 2, 0, 255])], 'data.bin', { type: 'application/x-thing' }));
    const request = new Request('http://localhost', { method: 'POST', body: form });
    const { data } = await parse(request.headers.get('content-type') ?? '', Buffer.from(await request.arrayBuffer()));
    expect(data).toEqual({
      title: 'Report',
      tag: ['a', 'b'],
      file: { filename: 'data.bin', contentType: 'application/x-thing', size: 4, base64: 'AQIA/w==' },
    });
  });

  test('a multipart form loses nothing of a long field', async () => {
    const form = new FormData();
    form.append('log', 'x'.repeat(2_000_000));
    const request = new Request('http://localhost', { method: 'POST', body: form });
    const { data } = await parse(request.headers.get('content-type') ?? '', Buffer.from(await request.arrayBuffer()));
    expect((data as { log: string }).log).toHaveLength(2_000_000);
  });

  test.each([
    ['a multipart form without a boundary', 'multipart/form-data', 'x', {}, 400],
    [
      'a multipart form that breaks off',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="a"\r\n',
      {},
      400,
    ],
    ['text that is no UTF-8', 'text/plain', Buffer.from([0xff]), {}, 400],
    ['a charset nobody knows', 'text/plain; charset=klingon', 'x', {}, 415],
    ['a compressed body', 'application/json', 'x', { 'content-encoding': 'gzip' }, 415],
  ])('refuses %s', async (_what, contentType, body, headers, status) => {
    await expect(parse(contentType, body, headers)).rejects.toMatchObject({ name: 'Problem', status });
  });

  test('no type and no bytes make it throw anything but a problem', async () => {
    const types = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'application/json',
        'multipart/form-data; boundary=b',
        'text/plain;charset=utf-16',
        'application/x-www-form-urlencoded',
      ),
    );
    await fc.assert(
      fc.asyncProperty(types, fc.uint8Array({ maxLength: 300 }), async (contentType, bytes) => {
        await parse(contentType, Buffer.from(bytes)).catch((error) => {
          if (!(error instanceof Problem)) throw error;
        });
      }),
    );
  });
});

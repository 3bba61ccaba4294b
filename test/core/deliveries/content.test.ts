import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { beginningOf, keepContent, readContent, shownBody } from '../../../core/deliveries/content.ts';

const request = { method: 'POST', query: { a: ['1', '2'], b: '3' }, headers: { 'content-type': 'application/json' } };
const of = { workspace: 'default', deliveryId: 'd' };

async function keep(body: Buffer) {
  const stored: Uint8Array[] = [];
  const kept = await keepContent(request, body, of, async (object) => {
    stored.push(object.body);
    return 's3://payloads/default/d.body';
  });
  return { kept, stored, read: readContent(kept.content) };
}

describe('what is kept of a request', () => {
  test('is its headers, its query and any body, byte by byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 9_000 }), fc.string({ unit: 'binary' })), async (some) => {
        const body = Buffer.from(some as string);
        const { kept, stored, read } = await keep(body);
        expect(read).toEqual({ headers: request.headers, query: request.query, body, size: body.length });
        expect(kept.bodyRef).toBeUndefined();
        expect(stored).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test('is the whole of a large body that gzips well', async () => {
    const body = Buffer.from('{"a":1}'.repeat(50_000));
    const { kept, stored, read } = await keep(body);
    expect(stored).toEqual([]);
    expect(kept.bodyRef).toBeUndefined();
    expect(read.body).toEqual(body);
  });

  test.each([
    ['does not gzip to 32 KB', randomBytes(40 * 1024)],
    ['is too large to try', Buffer.alloc(600 * 1024, 'x')],
  ])('is the beginning of a body that %s, and the store has it as it came', async (_what, body) => {
    const { kept, stored, read } = await keep(body);
    expect(kept.bodyRef).toBe('s3://payloads/default/d.body');
    expect(kept.content.length).toBeLessThanOrEqual(32 * 1024);
    expect(stored).toEqual([body]);
    expect(read.size).toBe(body.length);
    expect(read.body).toEqual(body.subarray(0, read.body.length));
    expect(read.body.length).toBeGreaterThan(4_000);
  });

  test('of what made no event is 4 KB and the size', () => {
    const body = Buffer.alloc(10_000, 'y');
    expect(readContent(beginningOf(request, body))).toMatchObject({ body: body.subarray(0, 4096), size: 10_000 });
  });
});

describe('the beginning of a text', () => {
  test.each(['a', 'é', '水', '🌊'])('of many %s holds whole characters', (character) => {
    for (const before of ['', 'x', 'xx', 'xxx']) {
      const shown = shownBody(Buffer.from(before + character.repeat(5_000))).toString();
      expect(shown).toBe(before + character.repeat((shown.length - before.length) / character.length));
      expect(Buffer.byteLength(shown)).toBeGreaterThan(4_092);
    }
  });

  test('is the whole of what has no more', () => {
    const body = Buffer.from('x'.repeat(4_096));
    expect(shownBody(body)).toEqual(body);
  });
});

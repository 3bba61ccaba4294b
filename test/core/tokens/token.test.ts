import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { authenticate } from '../../../core/tokens/authenticate.ts';
import { takeCredential } from '../../../core/tokens/credential.ts';
import { lastUseNotes } from '../../../core/tokens/last-use.ts';
import { hashSecret, matchesHash, mintToken, parseToken } from '../../../core/tokens/secret.ts';
import { allows, type Token } from '../../../core/tokens/token.ts';
import { aToken, NOW } from '../builders.ts';

describe('a minted token', () => {
  test('begins with mr_ and holds a secret of 256 bits of which only the SHA-256 is kept', () => {
    const { text, tokenId, secretHash } = mintToken();
    const parsed = parseToken(text);
    expect(text).toMatch(/^mr_/);
    expect(parsed?.tokenId).toBe(tokenId);
    expect(Buffer.from(parsed?.secret ?? '', 'base64url')).toHaveLength(32);
    expect(secretHash).toBe(hashSecret(parsed?.secret ?? ''));
    expect(secretHash).not.toContain(parsed?.secret);
  });

  test('is known by its secret alone', () => {
    const { text, secretHash } = mintToken();
    expect(matchesHash(parseToken(text)?.secret ?? '', secretHash)).toBe(true);
    expect(matchesHash('another', secretHash)).toBe(false);
    expect(matchesHash('another', 'not hexadecimal')).toBe(false);
  });
});

describe('authentication', () => {
  test('accepts a live token', async () => {
    const { token, text } = aToken({ expiresAt: '2026-03-01T12:00:00.001Z' });
    await expect(authenticate(text, async () => token, NOW)).resolves.toBe(token);
  });

  test('answers every other text with the same 401', async () => {
    const { token, text } = aToken();
    const find = async (tokenId: string) => (tokenId === token.tokenId ? token : undefined);
    const missing = await authenticate(undefined, find, NOW).catch((problem) => JSON.stringify(problem));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.constant(mintToken().text), fc.constant(`${text}x`)), async (other) => {
        const problem = await authenticate(other, find, NOW).catch((raised) => JSON.stringify(raised));
        expect(problem).toBe(missing);
      }),
    );
    expect(missing).toContain('"status":401');
  });
});

describe('what a token allows', () => {
  const cases: [string, Partial<Token>, Parameters<typeof allows>[1], boolean][] = [
    ['its scope', {}, { scope: 'trigger', workspace: 'default', workflowId: 'hello' }, true],
    ['no other scope', {}, { scope: 'runs:read', workspace: 'default', workflowId: 'hello' }, false],
    ['every scope to an admin', { scopes: ['admin'] }, { scope: 'runs:cancel', workspace: 'default' }, true],
    ['nothing in another workspace', { scopes: ['admin'] }, { scope: 'admin', workspace: 'other' }, false],
    ['its own workflow', { workflowIds: ['hello'] }, { scope: 'trigger', workflowId: 'hello' }, true],
    ['no other workflow', { workflowIds: ['hello'] }, { scope: 'trigger', workflowId: 'other' }, false],
    ['no management to a bound admin', { workflowIds: ['hello'], scopes: ['admin'] }, { scope: 'admin' }, false],
  ];
  test.each(cases)('%s', (_what, with_, need, expected) => {
    expect(allows(aToken(with_).token, need)).toBe(expected);
  });
});

test('a credential is taken out of any request', () => {
  const headers = fc.dictionary(fc.constantFrom('authorization', 'cookie', 'proxy-authorization', 'x-other'), fc.string());
  const query = fc.dictionary(fc.constantFrom('token', 'other'), fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 2 })));
  fc.assert(
    fc.property(headers, query, (someHeaders, someQuery) => {
      const { request } = takeCredential({ method: 'POST', headers: someHeaders, query: someQuery });
      return (
        Object.keys(request.headers).every((name) => name === 'x-other') &&
        Object.keys(request.query).every((name) => name === 'other')
      );
    }),
  );
});

test("a token's use is noted once an hour", async () => {
  const written: string[] = [];
  const note = lastUseNotes(async (_tokenId, hour) => void written.push(hour));
  const { token } = aToken({ lastUsedAt: '2026-03-01T11:00:00.000Z' });

  for (const time of ['11:59', '12:00', '12:59', '13:00']) await note(token, new Date(`2026-03-01T${time}:00.000Z`));

  expect(written).toEqual(['2026-03-01T12:00:00.000Z', '2026-03-01T13:00:00.000Z']);
});

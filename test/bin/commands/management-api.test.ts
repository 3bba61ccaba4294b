import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { callApi, listFromApi } from '../../../bin/commands/management-api.ts';
import { type StubAnswer, startStub } from '../stub-server.ts';

const itemSchema = v.looseObject({ id: v.string() });
const REQUEST = { method: 'GET', path: '/v1/things/a' };

async function messageFor(answer: StubAnswer, connection: { token?: string; tokenSource?: string } = {}): Promise<string> {
  await using stub = await startStub(() => answer);
  const outcome = await callApi({ baseUrl: stub.baseUrl, ...connection }, REQUEST, itemSchema).catch((error) => error);
  return String(outcome.message).replaceAll(stub.baseUrl, '<url>');
}

describe('callApi', () => {
  test('presents the token and keeps fields it does not know', async () => {
    await using stub = await startStub(() => ({ body: { id: 'a', later: true } }));

    const answer = await callApi({ baseUrl: stub.baseUrl, token: 'mr_a' }, REQUEST, itemSchema);

    expect(answer).toEqual({ id: 'a', later: true });
    expect(stub.calls[0]).toMatchObject({ url: '/v1/things/a', headers: { authorization: 'Bearer mr_a' } });
  });

  test("tells a problem's detail and where it is", async () => {
    const body = {
      detail: 'The name is missing.',
      errors: [
        { pointer: '/name', detail: 'is required' },
        { parameter: 'limit', detail: 'is not a number' },
        { detail: 'and more' },
      ],
    };
    expect(await messageFor({ status: 422, body })).toBe(
      'The name is missing.\n  /name: is required\n  limit: is not a number\n  and more',
    );
  });

  test('401 names the variable to set, and whence the refused token came, never the token', async () => {
    expect(await messageFor({ status: 401, body: { detail: 'no' } })).toMatch(/^<url> wants a token; set MILLRACE_TOKEN/);
    const refused = await messageFor({ status: 401 }, { token: 'mr_secret', tokenSource: 'MILLRACE_TOKEN' });
    expect(refused).toMatch(/^<url> refused the token from MILLRACE_TOKEN/);
    expect(refused).not.toContain('mr_secret');
  });

  test.each([
    ['a gateway that says why', { status: 429, body: { message: 'Too Many Requests' } }, '<url> answered 429: Too Many Requests.'],
    ['a gateway that does not', { status: 502, body: '<html>' }, '<url> answered 502 without saying why.'],
    ['a redirect', { status: 302, headers: { location: 'https://example.com' } }, '<url> answered 302 without saying why.'],
    ['a page', { body: '<html>' }, '<url> answered 200, but not with JSON; is this the address of a Millrace stack?'],
    ['another shape', { body: { id: 7 } }, '<url> answered something that this command line does not understand (id).'],
  ])('%s is told in a sentence', async (_, answer, sentence) => {
    expect(await messageFor(answer)).toBe(sentence);
  });
});

describe('listFromApi', () => {
  const pages: Record<string, unknown> = {
    '/v1/things?kind=x&limit=3': { items: [{ id: 'a' }, { id: 'b' }], next: 'c1' },
    '/v1/things?kind=x&limit=1&cursor=c1': { items: [{ id: 'c' }], next: 'c2' },
    '/v1/things?kind=x&limit=9': { items: [{ id: 'a' }], next: 'c1' },
    '/v1/things?kind=x&limit=8&cursor=c1': { items: [{ id: 'b' }] },
  };
  const list = async (limit: number) => {
    await using stub = await startStub(({ url }) => ({ body: pages[url] }));
    return await listFromApi({ baseUrl: stub.baseUrl }, '/v1/things', { kind: 'x', other: undefined }, limit, itemSchema);
  };

  test('follows next up to the limit and gives the cursor of the rest', async () => {
    expect(await list(3)).toEqual({ items: [{ id: 'a' }, { id: 'b' }, { id: 'c' }], next: 'c2' });
  });

  test('ends with the list', async () => {
    expect(await list(9)).toEqual({ items: [{ id: 'a' }, { id: 'b' }] });
  });
});

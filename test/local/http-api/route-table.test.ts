import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRouteTable } from '../../../local/http-api/route-table.ts';

function tableOf(...keys: string[]) {
  const table = createRouteTable<string>();
  for (const key of keys) table.add(key, key);
  return table;
}

describe('route selection', () => {
  // The example of https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
  test.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1'],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}'],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}'],
    ['POST', '/test/5', 'ANY /{proxy+}'],
    ['GET', '/', '$default'],
  ])('%s %s goes to %s', (method, path, key) => {
    const table = tableOf('$default', 'ANY /{proxy+}', 'GET /pets/{proxy+}', 'GET /pets/dog/{id}', 'GET /pets/dog/1');

    expect(table.match(method, path)?.route.key).toBe(key);
  });

  test.each([
    ['GET', '/things/1', 'GET /things/{id}'],
    ['PUT', '/things/1', 'ANY /things/{id}'],
    ['GET', '/things/', undefined],
    ['GET', '/things/1/2', undefined],
  ])('%s %s goes to %s', (method, path, key) => {
    const table = tableOf('ANY /things/{id}', 'GET /things/{id}');

    expect(table.match(method, path)?.route.key).toBe(key);
  });

  test('gives path parameters decoded', () => {
    const table = tableOf('GET /a/{one}/{rest+}');

    expect(table.match('GET', '/a/x%20y/b/c%2Fd')?.pathParameters).toEqual({ one: 'x y', rest: 'b/c/d' });
  });

  test('refuses what is no route key, and a key that is taken', () => {
    const table = tableOf('GET /a');

    expect(() => table.add('GET /a', '')).toThrow('exists already');
    expect(() => table.add('a', '')).toThrow('neither $default');
    expect(() => table.add('GET /{a+}/b', '')).toThrow('not at the end');
  });

  test('throws nothing but URIError, whatever the path', () => {
    const table = tableOf('GET /a/{one}', 'ANY /{rest+}', '$default');

    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        try {
          table.match('GET', `/${path}`);
        } catch (error) {
          expect(error).toBeInstanceOf(URIError);
        }
      }),
    );
  });
});

import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { connectionsSchema } from '../../../../core/workflows/file/connection-schema.ts';

const problems = (connection: unknown, name = 'directory') =>
  v.safeParse(connectionsSchema, { [name]: connection }).issues?.map(({ message }) => message) ?? [];

describe('a connection', () => {
  test.each([
    { type: 'api-key', header: 'x-api-key', secret: 'millrace/directory' },
    { type: 'api-key', header: 'x-api-key', secret: 'millrace/directory', key: 'token' },
    { type: 'basic', secret: 'millrace/legacy' },
    { type: 'oauth', tokenUrl: 'https://login.example.com/token', secret: 'millrace/crm', scope: 'read write' },
  ])('can be %j', (connection) => {
    expect(problems(connection)).toEqual([]);
  });

  test('gets its token by POST when nothing else is said', () => {
    const crm = { type: 'oauth', tokenUrl: 'https://login.example.com/token', secret: 'millrace/crm' };
    expect(v.parse(connectionsSchema, { crm }).crm).toEqual({ ...crm, method: 'POST' });
  });

  test.each([
    [{ type: 'bearer', secret: 's' }, 'type must be api-key, basic or oauth.'],
    [{ type: 'api-key', header: 'x-api-key', value: 'hunter2', secret: 's' }, expect.stringContaining('"value" is not known')],
    [{ type: 'api-key', header: 'x api', secret: 's' }, 'header must be the name of the HTTP header that carries the key.'],
    [{ type: 'basic', secret: 'user:hunter2 ' }, expect.stringContaining('never the secret itself')],
    [{ type: 'oauth', tokenUrl: 'http://login.example.com', secret: 's' }, expect.stringContaining('must be an https URL')],
    [{ type: 'oauth', tokenUrl: 'https://u:p@login.example.com', secret: 's' }, expect.stringContaining('must be an https URL')],
  ])('cannot be %j', (connection, problem) => {
    expect(problems(connection)).toEqual([problem]);
  });

  test('has a name that can stand in a placeholder', () => {
    expect(problems({ type: 'basic', secret: 's' }, 'my directory')).toEqual([expect.stringContaining('is named by 1 to 40')]);
  });
});

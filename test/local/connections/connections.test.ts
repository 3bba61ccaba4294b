import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createConnections } from '../../../local/connections/connections.ts';
import { createSecrets } from '../../../local/connections/secrets.ts';
import type { ProvisionedResource } from '../../../local/template/provisioner.ts';
import { createManualClock } from '../manual-clock.ts';
import { answerJson, startApi } from './loopback-api.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** As CloudFormation has it: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html */
const reference = (secret: string, key = '') => `{{resolve:secretsmanager:${secret}:SecretString:${key}::}}`;

const API_KEY = {
  AuthorizationType: 'API_KEY',
  AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'X-Api-Key', ApiKeyValue: reference('millrace/directory') } },
};
const BASIC = {
  AuthorizationType: 'BASIC',
  AuthParameters: {
    BasicAuthParameters: { Username: reference('legacy', 'username'), Password: reference('legacy', 'password') },
  },
};
const oauth = (url: string, method = 'POST') => ({
  AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
  AuthParameters: {
    OAuthParameters: {
      AuthorizationEndpoint: url,
      HttpMethod: method,
      ClientParameters: { ClientID: reference('crm', 'client_id'), ClientSecret: reference('crm', 'client_secret') },
      OAuthHttpParameters: {
        BodyParameters: [{ Key: 'grant_type', Value: 'client_credentials', IsValueSecret: false }],
      },
    },
  },
});

async function provision(properties: Record<string, unknown>, environment: Record<string, string> = {}, file = '/nowhere/.env') {
  const lines: string[] = [];
  const log = { line: (text: string) => void lines.push(text), detail: (text: string) => void lines.push(text) };
  const clock = createManualClock();
  const connections = createConnections({ secrets: createSecrets({ environment, file }), clock, log });
  const resource = { stackName: 'S', logicalId: 'C', type: 'AWS::Events::Connection', properties, metadata: {}, assemblyDir: '' };
  const provisioned = (await connections.provisioners['AWS::Events::Connection']?.(resource)) as ProvisionedResource;
  const connection = connections.find(provisioned.attributes.Arn ?? '');
  if (!connection) throw new Error('There is no connection.');
  const { signal } = new AbortController();
  return { clock, lines, provisioned, authorize: (renew = false) => connections.authorize(connection, { renew, signal }) };
}

describe('a connection', () => {
  test('takes an API key from the environment', async () => {
    const { authorize, lines } = await provision(API_KEY, { MILLRACE_SECRET_MILLRACE_DIRECTORY: 'k3y' });

    expect(await authorize()).toEqual({ 'x-api-key': 'k3y' });
    expect(lines).toEqual([]);
  });

  // RFC 7617, section 2.
  test('takes a user and a password from the fields of a secret', async () => {
    const { authorize } = await provision(BASIC, { MILLRACE_SECRET_LEGACY: '{"username":"Aladdin","password":"open sesame"}' });

    expect(await authorize()).toEqual({ authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' });
  });

  test('takes its secret from .env, also one that was added after the start; the environment wins', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
    closers.push(() => rmSync(folder, { recursive: true }));
    const file = join(folder, '.env');
    const environment: Record<string, string> = {};
    const { authorize } = await provision(API_KEY, environment, file);
    writeFileSync(file, "MILLRACE_SECRET_MILLRACE_DIRECTORY='from the file'\n");

    expect(await authorize()).toEqual({ 'x-api-key': 'from the file' });
    environment.MILLRACE_SECRET_MILLRACE_DIRECTORY = 'from the environment';
    expect(await authorize()).toEqual({ 'x-api-key': 'from the environment' });
  });

  test('without its secret says so in one line, and fails with the name of the variable', async () => {
    const { authorize, lines } = await provision(BASIC);

    expect(lines).toEqual([
      expect.stringMatching(/^The secret legacy is not set: .* until MILLRACE_SECRET_LEGACY is in the environment/),
    ]);
    await expect(authorize()).rejects.toThrow('put MILLRACE_SECRET_LEGACY into the environment or into .env');
  });

  test.each(['s3cret', '{"username":"only"}', '["s3cret"]'])('never shows the secret %s that it cannot read', async (secret) => {
    const { authorize } = await provision(BASIC, { MILLRACE_SECRET_LEGACY: secret });
    const failure = await authorize().catch((error: Error) => error);

    expect(String(failure)).toMatch(/has no field (username|password): MILLRACE_SECRET_LEGACY must be a JSON object/);
    expect(String(failure)).not.toContain('s3cret');
  });

  // What Ref and Fn::GetAtt give: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-connection.html
  test('has the attributes that policies and definitions name', async () => {
    const { provisioned } = await provision(API_KEY);

    expect(provisioned.ref).toBe('S-C');
    expect(provisioned.attributes.Arn).toMatch(/^arn:aws:events:us-east-1:123456789012:connection\/S-C\/[0-9a-f-]{36}$/);
    expect(provisioned.attributes.SecretArn).toMatch(
      /^arn:aws:secretsmanager:us-east-1:123456789012:secret:events!connection\/S-C\//,
    );
  });

  test.each([
    [
      'ssm',
      { ...API_KEY, AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'k', ApiKeyValue: '{{resolve:ssm-secure:key}}' } } },
    ],
    ['what is not known', { ...API_KEY, InvocationConnectivityParameters: {} }],
    ['plain http to elsewhere', oauth('http://login.example.com/token')],
  ])('refuses %s', async (_, properties) => {
    await expect(provision(properties)).rejects.toThrow(/supported|must be an https URL/);
  });
});

describe('an OAuth connection', () => {
  const SECRET = { MILLRACE_SECRET_CRM: '{"client_id":"me","client_secret":"s3cret"}' };
  const startTokens = async (answer: Record<string, unknown> = { expires_in: 60 }, status = 200) => {
    let count = 0;
    const api = await startApi((_, response) => {
      count += 1;
      answerJson(response, status, { access_token: `token${count}`, token_type: 'bearer', ...answer });
    });
    closers.push(api.close);
    return api;
  };

  // RFC 6749, sections 4.4.2 and 2.3.1.
  test('exchanges its client credentials for a token', async () => {
    const api = await startTokens();
    const { authorize } = await provision(oauth(`${api.url}/token`), SECRET);

    expect(await authorize()).toEqual({ authorization: 'Bearer token1' });
    expect(api.received[0]).toMatchObject({ method: 'POST', url: '/token' });
    expect(api.received[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(api.received[0]?.body))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'me',
      client_secret: 's3cret',
    });
  });

  test('keeps the token until it is about to expire, or is refused', async () => {
    const api = await startTokens();
    const { authorize, clock } = await provision(oauth(api.url), SECRET);
    await authorize();

    expect(await authorize()).toEqual({ authorization: 'Bearer token1' });
    clock.advance(31_000);
    expect(await authorize()).toEqual({ authorization: 'Bearer token2' });
    expect(await authorize(true)).toEqual({ authorization: 'Bearer token3' });
    expect(api.received).toHaveLength(3);
  });

  test('that is refused says by whom, and nothing of its secret', async () => {
    const api = await startTokens({ error: 'invalid_client s3cret' }, 401);
    const { authorize, lines } = await provision(oauth(api.url), SECRET);
    const failure = await authorize().catch((error: Error) => error);

    expect(String(failure)).toBe(`Error: The token endpoint ${api.url} answered 401.`);
    expect(lines.join()).not.toContain('s3cret');
  });
});

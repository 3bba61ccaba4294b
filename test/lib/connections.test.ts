import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib/core';
import type { Connections } from '../../core/workflows/connections.ts';
import type { HttpCall } from '../../core/workflows/http-tasks.ts';
import { WorkflowConnections } from '../../lib/connections.ts';
import { flat, ofType, resourcesOf } from './synthesized.ts';

const ALL: Connections = {
  directory: { type: 'api-key', header: 'x-api-key', secret: 'millrace/directory' },
  keyed: { type: 'api-key', header: 'x-token', secret: 'millrace/keys', key: 'token', version: 'v'.repeat(32) },
  legacy: { type: 'basic', secret: 'millrace/legacy' },
  crm: { type: 'oauth', tokenUrl: 'https://login.example.com/token', method: 'POST', scope: 'read', secret: 'millrace/crm' },
};

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:S-welcome';

function build(connections: Connections, calls: readonly HttpCall[] = []) {
  const stack = new Stack(new App(), 'S');
  const construct = new WorkflowConnections(stack, 'Connections', connections);
  const statements = construct.statementsFor(calls, MACHINE).map((statement) => stack.resolve(statement.toStatementJson()));
  return { statements, resources: ofType(resourcesOf(stack), 'AWS::Events::Connection') };
}

const call = (url: string, changes: Partial<HttpCall> = {}): HttpCall => ({
  connection: 'directory',
  method: 'GET',
  endpoint: { url, matches: 'exactly' },
  ...changes,
});

describe('a connection', () => {
  const { resources } = build(ALL);
  const of = (name: string) => resources.find(({ id }) => id.includes(name))?.properties;

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
  test('sends a key that CloudFormation takes from Secrets Manager', () => {
    expect(of('directory')).toEqual({
      AuthorizationType: 'API_KEY',
      AuthParameters: {
        ApiKeyAuthParameters: {
          ApiKeyName: 'x-api-key',
          ApiKeyValue: '{{resolve:secretsmanager:millrace/directory:SecretString:::}}',
        },
      },
    });
  });

  test('can name the field and the version of its secret', () => {
    const reference = `{{resolve:secretsmanager:millrace/keys:SecretString:token::${'v'.repeat(32)}}}`;
    expect(of('keyed')).toMatchObject({ AuthParameters: { ApiKeyAuthParameters: { ApiKeyValue: reference } } });
  });

  test('can have a user and a password', () => {
    expect(of('legacy')).toEqual({
      AuthorizationType: 'BASIC',
      AuthParameters: {
        BasicAuthParameters: {
          Username: '{{resolve:secretsmanager:millrace/legacy:SecretString:username::}}',
          Password: '{{resolve:secretsmanager:millrace/legacy:SecretString:password::}}',
        },
      },
    });
  });

  // RFC 6749, section 4.4.2
  test('can exchange client credentials for a token', () => {
    expect(of('crm')).toEqual({
      AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
      AuthParameters: {
        OAuthParameters: {
          AuthorizationEndpoint: 'https://login.example.com/token',
          HttpMethod: 'POST',
          ClientParameters: {
            ClientID: '{{resolve:secretsmanager:millrace/crm:SecretString:client_id::}}',
            ClientSecret: '{{resolve:secretsmanager:millrace/crm:SecretString:client_secret::}}',
          },
          OAuthHttpParameters: {
            BodyParameters: [
              { Key: 'grant_type', Value: 'client_credentials', IsValueSecret: false },
              { Key: 'scope', Value: 'read', IsValueSecret: false },
            ],
          },
        },
      },
    });
  });

  test('has no secret in the template: each value is a reference', () => {
    const secrets = ['ApiKeyValue', 'Username', 'Password', 'ClientID', 'ClientSecret'];
    const values = [...JSON.stringify(resources).matchAll(/"(\w+)":"([^"]*)"/g)].filter(([, key = '']) => secrets.includes(key));

    expect(values).toHaveLength(6);
    for (const [, , value] of values) expect(value).toMatch(/^\{\{resolve:secretsmanager:[^{}]+\}\}$/);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-permissions
describe('the permission of HTTP steps', () => {
  const connectionsIn = (statement: { Resource: unknown }) => [statement.Resource].flat().map(flat);

  test('is for their endpoints by their methods, and for the secrets of the connections that they use', () => {
    const { statements, resources } = build(ALL, [
      call('https://api.example.com/users'),
      call('https://api.example.com/groups'),
      call('https://api.example.com/users/', {
        method: 'POST',
        endpoint: { url: 'https://api.example.com/users/', matches: 'asPrefix' },
      }),
    ]);
    const { id = '' } = resources.find((resource) => resource.id.includes('directory')) ?? {};

    expect(statements.slice(0, 2)).toEqual([
      {
        Effect: 'Allow',
        Action: 'states:InvokeHTTPEndpoint',
        Resource: MACHINE,
        Condition: {
          StringEquals: {
            'states:HTTPMethod': 'GET',
            'states:HTTPEndpoint': ['https://api.example.com/groups', 'https://api.example.com/users'],
          },
        },
      },
      {
        Effect: 'Allow',
        Action: 'states:InvokeHTTPEndpoint',
        Resource: MACHINE,
        Condition: {
          StringEquals: { 'states:HTTPMethod': 'POST' },
          StringLike: { 'states:HTTPEndpoint': ['https://api.example.com/users/*'] },
        },
      },
    ]);
    expect(statements.slice(2).map((statement) => [statement.Action, connectionsIn(statement)])).toEqual([
      ['events:RetrieveConnectionCredentials', [`<${id}.Arn>`]],
      [['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], [`<${id}.SecretArn>`]],
    ]);
  });

  test('is none where there are none', () => {
    expect(build(ALL).statements).toEqual([]);
  });
});

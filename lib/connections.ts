import { CfnConnection } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnDynamicReference, CfnDynamicReferenceService } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Connection, Connections } from '../core/workflows/connections.ts';
import type { HttpCall } from '../core/workflows/http-tasks.ts';

/**
 * The EventBridge connections of a workflow. Their secrets are dynamic references, which CloudFormation resolves when it deploys, so that no
 * template holds one (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-events-apidestination.html).
 */
export class WorkflowConnections extends Construct {
  readonly #connections: ReadonlyMap<string, CfnConnection>;

  constructor(scope: Construct, id: string, connections: Connections) {
    super(scope, id);
    this.#connections = new Map(
      Object.entries(connections).map(([name, connection]) => [name, new CfnConnection(this, name, authorization(connection))]),
    );
  }

  /** What stands for `${connections.<name>}`. */
  arnOf(name: string): string {
    return this.#named(name).attrArn;
  }

  /**
   * What a state machine's role needs for its HTTP steps, and no more: these methods of these endpoints, and the connections' own secrets
   * (https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#connect-http-task-permissions).
   */
  statementsFor(calls: readonly HttpCall[], stateMachineArn: string): PolicyStatement[] {
    const used = [...new Set(calls.map(({ connection }) => connection))].map((name) => this.#named(name));
    if (used.length === 0) return [];
    return [
      ...invocations(calls, stateMachineArn),
      new PolicyStatement({
        actions: ['events:RetrieveConnectionCredentials'],
        resources: used.map(({ attrArn }) => attrArn),
      }),
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        resources: used.map(({ attrSecretArn }) => attrSecretArn),
      }),
    ];
  }

  #named(name: string): CfnConnection {
    const connection = this.#connections.get(name);
    if (!connection) throw new Error(`The workflow ${this.node.scope?.node.id} has no connection ${name}.`);
    return connection;
  }
}

/** A statement for each method, so that none may be used on another's endpoint. */
function invocations(calls: readonly HttpCall[], stateMachineArn: string): PolicyStatement[] {
  return [...new Set(calls.map(({ method }) => method))].sort().flatMap((method) => {
    const urls = (matches: HttpCall['endpoint']['matches']) => {
      const endpoints = calls.filter((call) => call.method === method).map(({ endpoint }) => endpoint);
      return [...new Set(endpoints.filter((endpoint) => endpoint.matches === matches).map(({ url }) => url))].sort();
    };
    const allow = (endpoint: Record<string, Record<string, string[]>>) =>
      new PolicyStatement({
        actions: ['states:InvokeHTTPEndpoint'],
        resources: [stateMachineArn],
        conditions: {
          ...endpoint,
          StringEquals: { 'states:HTTPMethod': method, ...endpoint.StringEquals },
        },
      });
    const exact = urls('exactly');
    const prefixes = urls('asPrefix').map((url) => `${url}*`);
    return [
      ...(exact.length > 0 ? [allow({ StringEquals: { 'states:HTTPEndpoint': exact } })] : []),
      ...(prefixes.length > 0 ? [allow({ StringLike: { 'states:HTTPEndpoint': prefixes } })] : []),
    ];
  });
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-connection.html */
function authorization(connection: Connection): {
  authorizationType: string;
  authParameters: CfnConnection.AuthParametersProperty;
} {
  const field = (key = '') => secretReference(connection, key);
  switch (connection.type) {
    case 'api-key':
      return {
        authorizationType: 'API_KEY',
        authParameters: { apiKeyAuthParameters: { apiKeyName: connection.header, apiKeyValue: field(connection.key) } },
      };
    case 'basic':
      return {
        authorizationType: 'BASIC',
        authParameters: { basicAuthParameters: { username: field('username'), password: field('password') } },
      };
    case 'oauth': {
      // RFC 6749, section 4.4.2.
      const parameters = [
        { key: 'grant_type', value: 'client_credentials', isValueSecret: false },
        ...(connection.scope === undefined ? [] : [{ key: 'scope', value: connection.scope, isValueSecret: false }]),
      ];
      return {
        authorizationType: 'OAUTH_CLIENT_CREDENTIALS',
        authParameters: {
          oAuthParameters: {
            authorizationEndpoint: connection.tokenUrl,
            httpMethod: connection.method,
            clientParameters: { clientId: field('client_id'), clientSecret: field('client_secret') },
            oAuthHttpParameters:
              connection.method === 'GET' ? { queryStringParameters: parameters } : { bodyParameters: parameters },
          },
        },
      };
    }
  }
}

/** `{{resolve:secretsmanager:<name>:SecretString:<key>::<version id>}}` (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html). */
function secretReference({ secret, version = '' }: Connection, key: string): string {
  return new CfnDynamicReference(
    CfnDynamicReferenceService.SECRETS_MANAGER,
    `${secret}:SecretString:${key}::${version}`,
  ).toString();
}

import { isAllowedUrl } from '../../core/workflows/connections.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { localArn, type Provisioners, physicalName, type TemplateResource } from '../template/provisioner.ts';
import { stableUuid } from '../template/stable-uuid.ts';
import { type AuthParameters, readAuthParameters } from './auth-parameters.ts';
import { parseReference, resolveText } from './dynamic-reference.ts';
import { fetchToken, type Token, type TokenRequest } from './oauth.ts';
import { type Secrets, variableOf } from './secrets.ts';

/** An EventBridge connection of the templates. */
export interface Connection {
  readonly arn: string;
  /** The secret in which EventBridge keeps what it was given. */
  readonly secretArn: string;
  /** It gets tokens (OAuth), which may be refused before they expire. */
  readonly hasTokens: boolean;
}

export interface Connections {
  readonly provisioners: Provisioners;
  find(arn: string): Connection | undefined;
  /**
   * The headers that authorize a request over the connection, by lower-case names; `renew`: with a new token if it has tokens. Rejects with an
   * `Error` whose sentence says what is missing, never a secret.
   */
  authorize(
    connection: Connection,
    options: { readonly renew: boolean; readonly signal: AbortSignal },
  ): Promise<Record<string, string>>;
}

interface Kept extends Connection {
  readonly parameters: AuthParameters;
}

const LONGEST_NAME = 64;

/** EventBridge's connections for HTTP steps (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html). */
export function createConnections(options: { readonly secrets: Secrets; readonly clock: Clock; readonly log: Log }): Connections {
  const { secrets, clock, log } = options;
  const byArn = new Map<string, Kept>();
  const tokens = new Map<string, Token>();
  const told = new Set<string>();

  /** One line for each secret that is not there. The start goes on: only the steps that need it fail. */
  const tellMissing = (texts: readonly string[]) => {
    for (const secret of new Set(texts.map((text) => parseReference(text)?.secret))) {
      if (secret === undefined || told.has(secret) || secrets.find(secret) !== undefined) continue;
      told.add(secret);
      log.line(
        `The secret ${secret} is not set: HTTP steps that need it fail until ${variableOf(secret)} is in the environment or in .env.`,
      );
    }
  };

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-connection.html */
  const provision = (resource: TemplateResource) => {
    const { name = physicalName(resource, LONGEST_NAME), parameters, texts } = readAuthParameters(resource);
    if (parameters.type === 'oauth' && !isAllowedUrl(parameters.endpoint)) {
      throw new Error('Its AuthorizationEndpoint must be an https URL; plain http is for loopback alone.');
    }
    tellMissing(texts);
    const id = stableUuid(`connection ${resource.stackName}/${resource.logicalId}`);
    const arn = localArn('events', `connection/${name}/${id}`);
    const secretArn = localArn('secretsmanager', `secret:events!connection/${name}/${id}-local0`);
    byArn.set(arn, { arn, secretArn, hasTokens: parameters.type === 'oauth', parameters });
    tokens.delete(arn);
    return { ref: name, attributes: { Arn: arn, ArnForPolicy: localArn('events', `connection/${name}`), SecretArn: secretArn } };
  };

  async function token(arn: string, request: TokenRequest, renew: boolean, signal: AbortSignal): Promise<string> {
    const known = tokens.get(arn);
    if (known && !renew && clock.now() < known.freshUntil) return known.value;
    const fresh = await fetchToken(request, clock, signal);
    tokens.set(arn, fresh);
    return fresh.value;
  }

  return {
    provisioners: { 'AWS::Events::Connection': provision },
    find: (arn) => byArn.get(arn),
    async authorize({ arn }, { renew, signal }) {
      const parameters = byArn.get(arn)?.parameters;
      const read = (text: string) => resolveText(text, secrets);
      switch (parameters?.type) {
        case 'api-key':
          return { [parameters.header.toLowerCase()]: read(parameters.value) };
        case 'basic': {
          const pair = `${read(parameters.username)}:${read(parameters.password)}`;
          return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
        }
        case 'oauth': {
          const { type: _, clientId, clientSecret, ...rest } = parameters;
          const request = { ...rest, clientId: read(clientId), clientSecret: read(clientSecret) };
          return { authorization: `Bearer ${await token(arn, request, renew, signal)}` };
        }
        case undefined:
          throw new Error(`The connection ${arn} does not exist.`);
      }
    },
  };
}

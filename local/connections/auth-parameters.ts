import * as v from 'valibot';
import type { TemplateResource } from '../template/provisioner.ts';
import { supportedProperties } from '../template/resource-properties.ts';
import type { TokenRequest } from './oauth.ts';

/** How a connection authorizes, its texts as the template has them: secrets are dynamic references. */
export type AuthParameters =
  | { readonly type: 'api-key'; readonly header: string; readonly value: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | ({ readonly type: 'oauth' } & TokenRequest);

const named = v.optional(
  v.array(v.strictObject({ Key: v.string(), Value: v.string(), IsValueSecret: v.optional(v.boolean()) })),
  [],
);

const described = { Name: v.optional(v.string()), Description: v.optional(v.string()) };

const connectionSchema = v.variant('AuthorizationType', [
  v.strictObject({
    ...described,
    AuthorizationType: v.literal('API_KEY'),
    AuthParameters: v.strictObject({ ApiKeyAuthParameters: v.strictObject({ ApiKeyName: v.string(), ApiKeyValue: v.string() }) }),
  }),
  v.strictObject({
    ...described,
    AuthorizationType: v.literal('BASIC'),
    AuthParameters: v.strictObject({ BasicAuthParameters: v.strictObject({ Username: v.string(), Password: v.string() }) }),
  }),
  v.strictObject({
    ...described,
    AuthorizationType: v.literal('OAUTH_CLIENT_CREDENTIALS'),
    AuthParameters: v.strictObject({
      OAuthParameters: v.strictObject({
        AuthorizationEndpoint: v.string(),
        HttpMethod: v.picklist(['GET', 'POST', 'PUT']),
        ClientParameters: v.strictObject({ ClientID: v.string(), ClientSecret: v.string() }),
        OAuthHttpParameters: v.optional(
          v.strictObject({ HeaderParameters: named, QueryStringParameters: named, BodyParameters: named }),
          {},
        ),
      }),
    }),
  }),
]);

/** A connection's name, if it has one, its parameters, and those of its texts that may be secrets. Throws an `Error` for what is not supported. */
export function readAuthParameters(resource: TemplateResource): {
  readonly name?: string;
  readonly parameters: AuthParameters;
  readonly texts: readonly string[];
} {
  const properties = supportedProperties(connectionSchema, resource);
  const name = properties.Name === undefined ? {} : { name: properties.Name };
  switch (properties.AuthorizationType) {
    case 'API_KEY': {
      const { ApiKeyName: header, ApiKeyValue: value } = properties.AuthParameters.ApiKeyAuthParameters;
      return { ...name, parameters: { type: 'api-key', header, value }, texts: [value] };
    }
    case 'BASIC': {
      const { Username: username, Password: password } = properties.AuthParameters.BasicAuthParameters;
      return { ...name, parameters: { type: 'basic', username, password }, texts: [username, password] };
    }
    case 'OAUTH_CLIENT_CREDENTIALS': {
      const { AuthorizationEndpoint, HttpMethod, ClientParameters, OAuthHttpParameters } =
        properties.AuthParameters.OAuthParameters;
      const { ClientID: clientId, ClientSecret: clientSecret } = ClientParameters;
      const { HeaderParameters, QueryStringParameters, BodyParameters } = OAuthHttpParameters;
      const parameters: AuthParameters = {
        type: 'oauth',
        endpoint: AuthorizationEndpoint,
        method: HttpMethod,
        clientId,
        clientSecret,
        headers: byKey(HeaderParameters),
        query: byKey(QueryStringParameters),
        body: byKey(BodyParameters),
      };
      return { ...name, parameters, texts: [clientId, clientSecret] };
    }
  }
}

const byKey = (parameters: v.InferOutput<typeof named>): Record<string, string> =>
  Object.fromEntries(parameters.map(({ Key, Value }) => [Key, Value]));

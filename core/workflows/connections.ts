import * as v from 'valibot';

/** What stands for a connection in a definition: `${connections.<name>}`. */
const CONNECTION_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
const SECRET_NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;

/** A token of RFC 9110, section 5.6.2; EventBridge takes 512 characters (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnectionApiKeyAuthRequestParameters.html). */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,512}$/;

const secret = v.pipe(
  v.string('secret must be the name of a Secrets Manager secret.'),
  v.regex(
    SECRET_NAME,
    'secret must be the name of a Secrets Manager secret: 1 to 512 letters, digits or /_+=.@- (never the secret itself).',
  ),
);

/** Another version is another reference, and only that lets CloudFormation read a changed secret again (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html). */
const version = v.optional(
  v.pipe(
    v.string("version must be the secret's version id."),
    v.regex(/^[A-Za-z0-9-]{32,64}$/, "version must be the secret's version id: 32 to 64 letters, digits or hyphens."),
  ),
);

const secureUrl = v.pipe(
  v.string('tokenUrl must be an https URL.'),
  v.check((url) => isAllowedUrl(url), 'tokenUrl must be an https URL (plain http only on loopback, for local runs).'),
);

const connectionSchema = v.variant(
  'type',
  [
    v.strictObject({
      type: v.literal('api-key'),
      header: v.pipe(
        v.string('header must be the name of the HTTP header that carries the key.'),
        v.regex(HEADER_NAME, 'header must be the name of an HTTP header.'),
      ),
      secret,
      version,
      key: v.optional(
        v.pipe(
          v.string('key must name a field of the secret.'),
          v.regex(/^[^:{}]{1,100}$/, 'key must name a field of the secret, without colons or braces.'),
        ),
      ),
    }),
    v.strictObject({ type: v.literal('basic'), secret, version }),
    v.strictObject({
      type: v.literal('oauth'),
      tokenUrl: secureUrl,
      method: v.optional(v.picklist(['GET', 'POST', 'PUT'], 'method must be GET, POST or PUT.'), 'POST'),
      scope: v.optional(v.pipe(v.string('scope must be a text.'), v.minLength(1, 'scope must not be empty.'))),
      secret,
      version,
    }),
  ],
  'type must be api-key, basic or oauth.',
);

/**
 * A connection of `workflow.yaml`: how HTTP steps prove who they are. `secret` names a Secrets Manager secret, which holds for `api-key` the
 * key itself (or a JSON object with it in the field `key`), for `basic` `{"username","password"}`, for `oauth` `{"client_id","client_secret"}`.
 */
export type Connection = v.InferOutput<typeof connectionSchema>;

/** The section `connections` of `workflow.yaml`. */
export const connectionsSchema = v.record(
  v.pipe(
    v.string(),
    v.regex(CONNECTION_NAME, 'A connection is named by 1 to 40 letters, digits, hyphens or underscores, beginning with a letter.'),
  ),
  connectionSchema,
  'connections must be a mapping from names to connections.',
);

export type Connections = Readonly<Record<string, Connection>>;

/** Whether an HTTP step may call it: over https, or over plain http on this machine alone, which only the local runtime can reach. */
export function isAllowedUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

import * as v from 'valibot';
import { mapping, text, textLike } from './fields.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
const secret = v.pipe(
  textLike(
    /^[A-Za-z0-9/_+=.@-]{1,512}$/,
    'secret must be the name of a Secrets Manager secret, never the secret itself: 1 to 512 letters, digits or /_+=.@- in it.',
  ),
  v.description("The Secrets Manager secret's name."),
  v.examples(['millrace/directory']),
);

/** Another version is another reference, and only that lets CloudFormation read a changed secret again (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html). */
const version = v.optional(
  v.pipe(
    textLike(/^[A-Za-z0-9-]{32,64}$/, "version must be the secret's version id: 32 to 64 letters, digits or hyphens."),
    v.description("The secret's version id; a new one makes a deployment read the secret again."),
  ),
);

/**
 * A connection: how HTTP steps prove who they are. Its secret holds for `api-key` the key itself (or JSON with it in the field `key`), for
 * `basic` `{"username","password"}`, for `oauth` `{"client_id","client_secret"}`.
 */
const connectionSchema = v.variant(
  'type',
  [
    mapping('A connection', {
      type: v.literal('api-key'),
      // A token of RFC 9110, section 5.6.2.
      header: v.pipe(
        textLike(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,512}$/, 'header must be the name of the HTTP header that carries the key.'),
        v.description('The HTTP header that carries the key.'),
        v.examples(['x-api-key']),
      ),
      secret,
      version,
      key: v.optional(
        v.pipe(
          textLike(/^[^:{}]{1,100}$/, 'key must name a field of the secret, without colons or braces.'),
          v.description("The field of the secret's JSON that holds the key; without it the key is all of the secret."),
        ),
      ),
    }),
    mapping('A connection', {
      type: v.pipe(v.literal('basic'), v.description('The secret is JSON with username and password.')),
      secret,
      version,
    }),
    mapping('A connection', {
      type: v.pipe(v.literal('oauth'), v.description('Client credentials; the secret is JSON with client_id and client_secret.')),
      tokenUrl: v.pipe(
        textLike(
          /^(?:https:\/\/[^\s/?#@]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?)(?:[/?]\S*)?$/,
          'tokenUrl must be an https URL without credentials (plain http on loopback alone, for local runs).',
        ),
        v.examples(['https://login.example.com/oauth/token']),
      ),
      method: v.optional(v.picklist(['GET', 'POST', 'PUT'], 'method must be GET, POST or PUT.'), 'POST'),
      scope: v.optional(text('scope', 512)),
      secret,
      version,
    }),
  ],
  (issue) => (issue.path ? 'type must be api-key, basic or oauth.' : 'A connection must be a mapping with type and secret.'),
);

/** The section `connections`. */
export const connectionsSchema = v.record(
  textLike(
    /^[A-Za-z][A-Za-z0-9_-]{0,39}$/,
    'A connection is named by 1 to 40 letters, digits, hyphens or underscores, beginning with a letter.',
  ),
  connectionSchema,
  'connections must be a mapping from names to connections.',
);

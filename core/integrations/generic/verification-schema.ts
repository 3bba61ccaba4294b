import * as v from 'valibot';

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const headerName = v.pipe(v.string('must be a string'), v.regex(HEADER_NAME, 'must be the name of a header'), v.toLowerCase());
const pointer = v.pipe(
  v.string('must be a string'),
  // https://www.rfc-editor.org/rfc/rfc6901#section-3
  v.regex(/^(?:\/(?:[^~/]|~[01])*)*$/, 'must be a JSON Pointer, such as /event/id'),
);

/** Where something sits in a request: a header, or a place in its JSON body. */
export const placeSchema = v.union(
  [v.strictObject({ header: headerName }), v.strictObject({ pointer })],
  'must be {header} or {pointer}',
);
export type Place = v.InferOutput<typeof placeSchema>;

const toleranceSeconds = v.optional(
  v.pipe(
    v.number('must be a number'),
    v.integer('must be whole'),
    v.minValue(1, 'must be 1 at least'),
    v.maxValue(86_400, 'must be 86400 at most'),
  ),
  300,
);

/** How a sender proves itself, as its receiver declares it. The secret is kept elsewhere, under the name `secret`. */
export const verificationSchema = v.variant('scheme', [
  v.strictObject({
    scheme: v.literal('hmac'),
    algorithm: v.optional(v.picklist(['sha256', 'sha1', 'sha384', 'sha512']), 'sha256'),
    encoding: v.optional(v.picklist(['hex', 'base64', 'base64url']), 'hex'),
    header: headerName,
    /** What stands before the signature in the header, such as `sha256=`. */
    prefix: v.optional(v.pipe(v.string(), v.maxLength(40, 'must have 40 characters at most')), ''),
    /** The string to sign: `{body}` and, with `timestamp`, `{timestamp}`; anything else as it is. */
    signed: v.optional(
      v.pipe(v.string(), v.maxLength(200, 'must have 200 characters at most'), v.includes('{body}', 'must hold {body}')),
      '{body}',
    ),
    timestamp: v.optional(v.strictObject({ header: headerName, unit: v.optional(v.picklist(['s', 'ms']), 's'), toleranceSeconds })),
  }),
  v.strictObject({ scheme: v.literal('header'), header: headerName }),
  /** The secret is `user:password`. */
  v.strictObject({ scheme: v.literal('basic') }),
  v.strictObject({ scheme: v.literal('bearer') }),
  v.strictObject({
    scheme: v.literal('ed25519'),
    header: headerName,
    encoding: v.optional(v.picklist(['hex', 'base64', 'base64url']), 'hex'),
    prefix: v.optional(v.pipe(v.string(), v.maxLength(40, 'must have 40 characters at most')), ''),
    signed: v.optional(
      v.pipe(v.string(), v.maxLength(200, 'must have 200 characters at most'), v.includes('{body}', 'must hold {body}')),
      '{body}',
    ),
    timestamp: v.optional(v.strictObject({ header: headerName, unit: v.optional(v.picklist(['s', 'ms']), 's'), toleranceSeconds })),
  }),
]);
export type Verification = v.InferOutput<typeof verificationSchema>;

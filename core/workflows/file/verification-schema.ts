import * as v from 'valibot';
import { mapping, oneOf, text, textLike } from './fields.ts';

const headerName = (what: string) =>
  v.pipe(
    textLike(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, `${what} must be the name of a header, such as X-Signature.`),
    v.examples(['X-Signature']),
  );

const header = headerName('header');
const prefix = v.pipe(
  v.optional(v.pipe(v.string('prefix must be a text.'), v.maxLength(40, 'prefix must not be longer than 40 characters.')), ''),
  v.description('What stands before the signature in its header.'),
  v.examples(['sha256=']),
);
const encoding = v.optional(oneOf('encoding', ['hex', 'base64', 'base64url']), 'hex');
const signed = v.pipe(
  v.optional(v.pipe(text('signed', 200), v.includes('{body}', 'signed must hold {body}.')), '{body}'),
  v.description('The string to sign: {body} and, with timestamp, {timestamp}; anything else as it is.'),
  v.examples(['{timestamp}.{body}']),
);
const timestamp = v.optional(
  v.pipe(
    mapping('timestamp', {
      header: headerName('header of timestamp'),
      unit: v.optional(oneOf('unit', ['s', 'ms']), 's'),
      toleranceSeconds: v.optional(
        v.pipe(
          v.number('toleranceSeconds must be a number.'),
          v.integer('toleranceSeconds must be whole.'),
          v.minValue(1, 'toleranceSeconds must be 1 at least.'),
          v.maxValue(86_400, 'toleranceSeconds must be 86400 at most.'),
        ),
        300,
      ),
    }),
    v.description('Where the time of signing is, and how far it may be from ours.'),
  ),
);

/** How a webhook's sender proves itself; its secret is set by `millrace triggers secret`. */
export const verificationSchema = v.pipe(
  v.variant(
    'scheme',
    [
      mapping('verification', {
        scheme: v.literal('hmac'),
        algorithm: v.optional(oneOf('algorithm', ['sha256', 'sha1', 'sha384', 'sha512']), 'sha256'),
        encoding,
        header,
        prefix,
        signed,
        timestamp,
      }),
      mapping('verification', { scheme: v.literal('header'), header }),
      mapping('verification', { scheme: v.literal('basic') }),
      mapping('verification', { scheme: v.literal('bearer') }),
      mapping('verification', { scheme: v.literal('ed25519'), encoding, header, prefix, signed, timestamp }),
    ],
    (issue) =>
      issue.path?.at(-1)?.key === 'scheme'
        ? 'scheme must be hmac, header, basic, bearer or ed25519.'
        : 'verification must be a mapping with a scheme.',
  ),
  v.description('How a sender proves itself, with auth verification; the secret is set on the command line.'),
);

/** Where something sits in a request. */
export const placeSchema = (what: string) =>
  v.union(
    [
      mapping(what, { header: headerName('header') }),
      mapping(what, {
        pointer: textLike(/^(?:\/(?:[^~/]|~[01])*)+$/, 'pointer must be a JSON Pointer into the body, such as /event/id.'),
      }),
    ],
    `${what} must be a mapping of header or pointer, such as { pointer: /event/id }.`,
  );

/** Set by the gateway itself, or by whoever connects two machines (https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1). */
const NOT_OURS = ['connection', 'content-length', 'date', 'keep-alive', 'server', 'trailer', 'transfer-encoding', 'upgrade', 'via'];
const LONGEST_BODY = 10 * 1024;

/** What a webhook's sender is answered instead of 202 with the run's id. */
export const responseSchema = v.pipe(
  mapping('response', {
    status: v.pipe(
      v.number('status must be a number.'),
      v.integer('status must be whole.'),
      v.minValue(200, 'status must be 200 to 299: the request is taken.'),
      v.maxValue(299, 'status must be 200 to 299: the request is taken.'),
    ),
    headers: v.optional(
      v.pipe(
        v.record(
          textLike(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'A header of the response must have a name such as Content-Type.'),
          v.pipe(
            v.string('A header of the response must be a text.'),
            v.regex(/^[\t\x20-\x7e]{0,1000}$/, 'A header of the response must be a line of up to 1000 ASCII characters.'),
          ),
          'headers must be a mapping of texts.',
        ),
        v.check(
          (headers) => Object.keys(headers).every((name) => !NOT_OURS.includes(name.toLowerCase())),
          `headers must not name ${NOT_OURS.join(', ')}: the gateway sets them.`,
        ),
      ),
      {},
    ),
    body: v.optional(
      v.pipe(
        v.string('body must be a text.'),
        v.check((body) => Buffer.byteLength(body) <= LONGEST_BODY, 'body must not be larger than 10 KB.'),
      ),
    ),
  }),
  v.description("What the sender is answered instead of 202 with the run's id."),
);

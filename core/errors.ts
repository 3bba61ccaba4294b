export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Where a bad field is: JSON Pointers (RFC 6901) into the body, or a header's or parameter's name. */
  readonly errors?: readonly { readonly pointer?: string; readonly parameter?: string; readonly detail: string }[];
}

/**
 * What went wrong, told to the caller as RFC 9457 `application/problem+json`. `detail` is one sentence that says what to change;
 * it must not hold secrets or payloads.
 */
export class Problem extends Error {
  readonly status: number;
  readonly slug: string;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors: ProblemDetails['errors'];
  /** What the request log tells, where that is more than the sender may know. */
  readonly reason: string;

  constructor(
    status: number,
    slug: string,
    title: string,
    detail: string,
    more: { headers?: Record<string, string>; errors?: ProblemDetails['errors']; reason?: string; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.name = 'Problem';
    this.status = status;
    this.slug = slug;
    this.title = title;
    this.headers = more.headers ?? {};
    this.errors = more.errors;
    this.reason = more.reason ?? detail;
  }

  toJSON(): ProblemDetails {
    return {
      type: `urn:millrace:problem:${this.slug}`,
      title: this.title,
      status: this.status,
      detail: this.message,
      ...(this.errors && { errors: this.errors }),
    };
  }
}

export const badRequest = (detail: string, errors?: ProblemDetails['errors']) =>
  new Problem(400, 'bad-request', 'Bad request', detail, { errors });
export const unauthorized = (detail: string) =>
  new Problem(401, 'unauthorized', 'Unauthorized', detail, { headers: { 'www-authenticate': 'Bearer realm="millrace"' } });
/** A sender that is not believed: the answer is the same whatever the reason is. */
export const unverified = (reason: string) =>
  new Problem(401, 'unauthorized', 'Unauthorized', 'The sender of this request could not be verified.', { reason });
export const forbidden = (detail: string) => new Problem(403, 'forbidden', 'Forbidden', detail);
export const notFound = (detail: string) => new Problem(404, 'not-found', 'Not found', detail);
export const methodNotAllowed = (method: string, allowed: readonly string[]) =>
  new Problem(405, 'method-not-allowed', 'Method not allowed', `${method} is not allowed here; use ${allowed.join(' or ')}.`, {
    headers: { allow: allowed.join(', ') },
  });
export const conflict = (detail: string) => new Problem(409, 'conflict', 'Conflict', detail);
export const payloadTooLarge = (detail: string) => new Problem(413, 'payload-too-large', 'Payload too large', detail);
export const unsupportedMediaType = (detail: string) =>
  new Problem(415, 'unsupported-media-type', 'Unsupported media type', detail);
/** `retryAfter` in whole seconds. */
export const tooManyRequests = (detail: string, retryAfter: number) =>
  new Problem(429, 'too-many-requests', 'Too many requests', detail, { headers: { 'retry-after': String(retryAfter) } });
export const unprocessable = (detail: string, errors?: ProblemDetails['errors']) =>
  new Problem(422, 'unprocessable', 'Unprocessable content', detail, { errors });
export const unavailable = (detail: string, cause?: unknown) =>
  new Problem(503, 'unavailable', 'Temporarily unavailable', detail, { headers: { 'retry-after': '5' }, cause });

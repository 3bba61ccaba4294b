/** Headers that an HTTP step must not set (https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html). */
const REFUSED = new Set([
  'a-im',
  'accept-charset',
  'accept-datetime',
  'accept-encoding',
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-md5',
  'date',
  'expect',
  'forwarded',
  'from',
  'host',
  'http2-settings',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'max-forwards',
  'origin',
  'pragma',
  'proxy-authorization',
  'referer',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'warning',
]);
const REFUSED_PREFIXES = ['x-forwarded-', 'x-amz-', 'x-amzn-'];

/** Whether Step Functions fails an HTTP step that sets this header. */
export function isRefusedHeader(name: string): boolean {
  const header = name.toLowerCase();
  return REFUSED.has(header) || REFUSED_PREFIXES.some((prefix) => header.startsWith(prefix));
}

/**
 * The text of an attribute in a `ce-` header: quoted strings without their quotes and escapes, then percent-decoded once
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values).
 * A `%` without two hexadecimal digits stands for itself, as senders that encode nothing mean it.
 *
 * Undefined for encoded bytes that are no UTF-8, which the binding has refused.
 */
export function decodeHeaderValue(header: string): string | undefined {
  const text = header.replaceAll(/"((?:[^"\\]|\\.)*)"/g, (_quoted, inner: string) => inner.replaceAll(/\\(.)/g, '$1'));
  try {
    return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, decodeURIComponent);
  } catch {
    return undefined;
  }
}

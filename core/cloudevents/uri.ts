/** Scheme, authority, path, query and fragment, the last two with their marks: https://www.rfc-editor.org/rfc/rfc3986#appendix-B */
const PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/s;

/** What none of the parts may hold, beside a `%` that begins no percent-encoding. */
const NOT_IN_PATH = /[^A-Za-z0-9._~!$&'()*+,;=:@/%-]/;
const NOT_IN_QUERY = /[^A-Za-z0-9._~!$&'()*+,;=:@/?%-]/;
const AUTHORITY = /^(?:[^@[\]]*@)?(?:\[[0-9A-Fa-fvV:.]+\]|[^:@[\]]*)(?::[0-9]*)?$/;

/** Is it a URI reference, absolute or relative (https://www.rfc-editor.org/rfc/rfc3986#section-4.1)? The empty text is one. */
export function isUriReference(text: string): boolean {
  const [, scheme, authority, path = '', query = '', fragment = ''] = PARTS.exec(text) ?? [];
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return false;
  if (scheme !== undefined && !/^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme)) return false;
  // What comes before the first colon would be a scheme.
  if (scheme === undefined && authority === undefined && path.split('/', 1)[0]?.includes(':')) return false;
  if (authority !== undefined && !(AUTHORITY.test(authority) && !NOT_IN_PATH.test(authority.replaceAll(/[[\]]/g, ''))))
    return false;
  return !NOT_IN_PATH.test(path) && !NOT_IN_QUERY.test(query) && !NOT_IN_QUERY.test(fragment.slice(1));
}

/** Is it a URI with a scheme? A fragment may follow: the specification's own JSON Schema takes `dataschema` with one. */
export const isUri = (text: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && isUriReference(text);

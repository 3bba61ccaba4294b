import type { Protocol } from './protocol.ts';
import { AwsError, type Json } from './service.ts';

/**
 * AWS's query protocol, which the SDK's SNS client uses: the call is a form, its answer XML (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html).
 * Maps become objects: `Attributes.entry.1.key`, `Attributes.entry.1.value`, and for message attributes `Name` and `Value.<member>`.
 */
export const queryProtocol: Protocol = {
  read({ body }) {
    const form = new URLSearchParams(body.toString('utf8'));
    const operation = form.get('Action');
    if (!operation) throw new AwsError('MissingAction', 'The request has no Action.');
    const input: Record<string, unknown> = {};
    for (const [name, value] of form) {
      if (name === 'Action' || name === 'Version') continue;
      const [map, , index, ...member] = name.split('.');
      if (map === undefined || index === undefined) input[name] = value;
      else entryOf(input, map, index)[member.join('.').toLowerCase()] = value;
    }
    return { operation, input: mapped(input) };
  },
  answer: (operation, output) => ({
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<${operation}Response><${operation}Result>${toXml(output)}</${operation}Result><ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></${operation}Response>`,
  }),
  fail: (error) => ({
    status: error.status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse><Error><Type>Sender</Type>${toXml({ Code: error.code, Message: error.message })}</Error><RequestId>local</RequestId></ErrorResponse>`,
  }),
};

type Entries = Map<string, Record<string, string>>;

function entryOf(input: Record<string, unknown>, map: string, index: string): Record<string, string> {
  const known = input[map];
  const entries: Entries = known instanceof Map ? known : new Map();
  input[map] = entries;
  const entry = entries.get(index) ?? {};
  entries.set(index, entry);
  return entry;
}

/** The entries of each map by their keys; a value is text, or the members of a structure. */
function mapped(input: Record<string, unknown>): Json {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => {
      if (!(value instanceof Map)) return [name, value];
      const entries = [...(value as Entries).values()];
      return [name, Object.fromEntries(entries.map(({ key, name: named, ...entry }) => [key ?? named ?? '', valueIn(entry)]))];
    }),
  );
}

function valueIn({ value, ...members }: Record<string, string>): unknown {
  if (value !== undefined) return value;
  return Object.fromEntries(Object.entries(members).map(([name, text]) => [name.replace(/^value\./, ''), text]));
}

const toXml = (output: Json): string =>
  Object.entries(output)
    .map(([name, value]) => `<${name}>${escaped(String(value))}</${name}>`)
    .join('');

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

import type { ReceivedRequest } from '../events/envelope.ts';
import type { Integration, Settings } from '../integrations/integration.ts';
import { isObject } from '../integrations/json-body.ts';
import { withoutCredentials } from '../tokens/credential.ts';

/** A request's method, headers and query without whatever proves its sender. */
export function requestWithoutCredentials(integration: Integration, settings: Settings, request: ReceivedRequest): ReceivedRequest {
  const { method, headers, query } = withoutCredentials(request);
  const all = [integration.credentials, integration.credentialsOf?.(settings) ?? { headers: [] }];
  const without = <T>(fields: Readonly<Record<string, T>>, names: readonly string[]) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
  return {
    method,
    headers: without(
      headers,
      all.flatMap((credentials) => credentials.headers),
    ),
    query: without(
      query,
      all.flatMap((credentials) => credentials.query ?? []),
    ),
  };
}

/** A JSON body without its credentials; any other, or one without them, as it came. */
export function bodyWithoutCredentials({ credentials }: Integration, body: Buffer): Buffer {
  const { body: paths = [] } = credentials;
  if (paths.length === 0) return body;
  try {
    // Numbers of more digits than a number holds keep them.
    const json: unknown = JSON.parse(body.toString(), (_key, value, { source = '' }) =>
      typeof value === 'number' && String(value) !== source ? JSON.rawJSON(source) : value,
    );
    const removed = paths.filter((path) => remove(json, path));
    return removed.length > 0 ? Buffer.from(JSON.stringify(json)) : body;
  } catch {
    return body;
  }
}

function remove(json: unknown, [key = '', ...rest]: readonly string[]): boolean {
  if (!isObject(json) || !Object.hasOwn(json, key)) return false;
  return rest.length > 0 ? remove(json[key], rest) : Reflect.deleteProperty(json, key);
}

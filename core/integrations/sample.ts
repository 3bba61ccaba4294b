import type { Sample } from './integration.ts';

/** The body of a sample as it is sent, by default as JSON. */
export const sampleBody = ({ body }: Sample): string => (typeof body === 'string' ? body : JSON.stringify(body));

/** The headers of a sample that is sent as JSON. */
export const jsonHeaders = ({ headers }: Sample): Record<string, string> => ({ 'content-type': 'application/json', ...headers });

/** The newest value of a secret that a sample is signed with. Throws an `Error` where there is none. */
export function newestOf(secrets: Readonly<Record<string, readonly string[]>>, name: string): string {
  const [value] = secrets[name] ?? [];
  if (value === undefined) throw new Error(`The secret ${name} is not set, so nothing can be signed with it.`);
  return value;
}

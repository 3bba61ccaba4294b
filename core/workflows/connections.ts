import type * as v from 'valibot';
import type { connectionsSchema } from './file/connection-schema.ts';

/** The section `connections` of `workflow.yaml`: what `${connections.<name>}` stands for. */
export type Connections = Readonly<v.InferOutput<typeof connectionsSchema>>;
export type Connection = Connections[string];

/** Whether an HTTP step may call it: over https, or over plain http on this machine alone, which only the local runtime can reach. */
export function isAllowedUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

import type { Integration, ProviderRequest, Secrets, Settings } from '../../../core/integrations/integration.ts';
import { isRejected } from '../../../core/integrations/integration.ts';

export const NOW = new Date('2026-05-15T15:20:41.000Z');
export const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000);
export const URL = 'https://millrace.example.com/hooks/x/abc';

/** A POST of this body, as it comes in; header names in any case. */
export function aProviderRequest(body: string | Buffer, headers: Record<string, string>, receivedAt = NOW): ProviderRequest {
  return {
    method: 'POST',
    query: {},
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(body),
    receivedAt,
    url: URL,
  };
}

/** Why the request is not believed; undefined where it is. */
export function rejection(
  integration: Integration,
  request: ProviderRequest,
  secrets: Secrets,
  settings: Settings = {},
): string | undefined {
  const verdict = integration.verify(request, secrets, settings);
  return isRejected(verdict) ? verdict.rejected : undefined;
}

/** The first sample, signed at `NOW`. */
export async function aSignedSample(integration: Integration, secrets: Secrets, settings: Settings = {}) {
  const [event] = await integration.events();
  if (!event) throw new Error(`${integration.id} has no sample.`);
  const { headers, body } = integration.sign(event.sample, secrets, { url: URL, now: NOW }, settings);
  return { type: event.type, headers: { ...headers }, body };
}

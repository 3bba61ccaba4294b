import type { RegistrationAnswer } from '../../core/workflows/registration-request.ts';

const PATIENCE_MILLISECONDS = 10_000;

/**
 * Puts the answer where CloudFormation waits for it. The URL is signed for a request without a content type, which `fetch` adds to a
 * body that is a string but not to one of bytes. Rejects when it was not taken, so that Lambda tries the whole again.
 */
export async function respond(url: string, answer: RegistrationAnswer): Promise<void> {
  const response = await fetch(url, {
    method: 'PUT',
    body: Buffer.from(JSON.stringify(answer)),
    signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
  });
  if (!response.ok) throw new Error(`CloudFormation's response URL answered ${response.status}.`);
}

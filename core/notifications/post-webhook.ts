import { NotTold } from './notify.ts';

const PATIENCE_MILLISECONDS = 5_000;
/** What fails before anything is sent. */
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'CERT_HAS_EXPIRED', 'UND_ERR_CONNECT_TIMEOUT']);

/** Posts JSON to a webhook, such as Slack's (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). Raises `NotTold` when it was refused or could not be reached, and another error where that is not known. */
export async function postWebhook(url: string, body: unknown): Promise<void> {
  const response = await reach(url, body);
  await response.body?.cancel();
  if (response.ok) return;
  // Behind a gateway that failed the message may have come in.
  if (response.status >= 500) throw new Error(`The webhook answered ${response.status}.`);
  throw new NotTold(`The webhook answered ${response.status}.`);
}

async function reach(url: string, body: unknown): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    });
  } catch (error) {
    const code: unknown = Reflect.get(Object(Reflect.get(Object(error), 'cause')), 'code');
    // The URL is a secret; what fetch says of it may quote it.
    if (typeof code === 'string' && UNSENT.has(code)) throw new NotTold(`The webhook could not be reached: ${code}.`);
    throw new Error('The webhook did not answer.');
  }
}

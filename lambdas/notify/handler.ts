import * as v from 'valibot';
import { openTable } from '../../core/aws/table.ts';
import { openTopics, publishNotice } from '../../core/aws/topics.ts';
import { openVault } from '../../core/aws/vault.ts';
import { failureSchema } from '../../core/notifications/notice.ts';
import { type Notifier, notify } from '../../core/notifications/notify.ts';
import { postWebhook } from '../../core/notifications/post-webhook.ts';
import { claimNotice, findRecipients, releaseNotice } from '../../core/notifications/recipients.repository.ts';
import { notifyEnvironment } from './env.ts';

const { TABLE_NAME, PUBLIC_URL, SECRETS_KEY_ARN, MAIL_TOPIC_ARN } = notifyEnvironment.read();
const table = openTable(TABLE_NAME);
const sns = openTopics();
const notifier: Notifier = {
  publicUrl: PUBLIC_URL,
  findRecipients: (scope) => findRecipients(table, scope),
  vault: openVault(SECRETS_KEY_ARN),
  claim: (about, recipient, now) => claimNotice(table, about, recipient, now),
  release: (about, recipient) => releaseNotice(table, about, recipient),
  mail: (address, notice) => publishNotice(sns, MAIL_TOPIC_ARN, notice, address),
  publish: (topicArn, notice) => publishNotice(sns, topicArn, notice),
  post: postWebhook,
};

/** A failed run, as the bus tells it. */
export async function handler(event: unknown): Promise<void> {
  const { detail } = v.parse(v.object({ detail: failureSchema }), event);
  await notify(notifier, detail, new Date());
}

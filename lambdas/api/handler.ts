import { openTable } from '../../core/aws/table.ts';
import { openTriggerSwitch } from '../../core/aws/trigger-switch.ts';
import { openVault } from '../../core/aws/vault.ts';
import { httpHandler } from '../middleware/http-handler.ts';
import { answer } from './answer.ts';
import { openApi } from './api.ts';
import { apiEnvironment } from './env.ts';

const { TABLE_NAME, PUBLIC_URL, SECRETS_KEY_ARN, SUBSCRIPTIONS_PER_INTEGRATION } = apiEnvironment.read();
const api = openApi({
  table: openTable(TABLE_NAME),
  publicUrl: PUBLIC_URL,
  triggerSwitch: openTriggerSwitch(),
  vault: openVault(SECRETS_KEY_ARN),
  subscriptionsPerIntegration: Number(SUBSCRIPTIONS_PER_INTEGRATION),
});

/** `ANY /v1/{proxy+}`: the management API. */
export const handler = httpHandler(({ rawPath, raw }) => answer(api, rawPath, raw));

import { openBus } from '../../core/aws/event-bus.ts';
import { openPayloadStore } from '../../core/aws/payload-store.ts';
import { executionInput, openStates, redriveExecution, startExecution } from '../../core/aws/states.ts';
import { openTable } from '../../core/aws/table.ts';
import { openTopics, subscribeAddress } from '../../core/aws/topics.ts';
import { openTriggerRules } from '../../core/aws/trigger-rules.ts';
import { openTriggerSchedules } from '../../core/aws/trigger-schedules.ts';
import { openTriggerSwitch } from '../../core/aws/trigger-switch.ts';
import { openVault } from '../../core/aws/vault.ts';
import { httpHandler } from '../middleware/http-handler.ts';
import { answer } from './answer.ts';
import { openApi } from './api.ts';
import { apiEnvironment } from './env.ts';

const environment = apiEnvironment.read();
const states = openStates();
const sns = openTopics();
const api = openApi({
  table: openTable(environment.TABLE_NAME),
  publicUrl: environment.PUBLIC_URL,
  triggerSwitch: openTriggerSwitch(),
  vault: openVault(environment.SECRETS_KEY_ARN),
  subscriptionsPerIntegration: Number(environment.SUBSCRIPTIONS_PER_INTEGRATION),
  rules: openTriggerRules({
    busName: environment.BUS_NAME,
    launcherArn: environment.LAUNCHER_ARN,
    ruleRoleArn: environment.RULE_ROLE_ARN,
    retryQueueArn: environment.RETRY_QUEUE_ARN,
  }),
  schedules: openTriggerSchedules({
    groupName: environment.SCHEDULE_GROUP,
    busArn: environment.BUS_ARN,
    roleArn: environment.SCHEDULE_ROLE_ARN,
    retryQueueArn: environment.RETRY_QUEUE_ARN,
  }),
  subscribe: (address) => subscribeAddress(sns, environment.MAIL_TOPIC_ARN, address),
  notificationTopics: environment.NOTIFICATION_TOPICS.split(','),
  ruleQuota: Number(environment.RULE_QUOTA),
  payloads: openPayloadStore(environment.PAYLOAD_BUCKET),
  publish: openBus(environment.BUS_NAME),
  executionInput: (executionArn) => executionInput(states, executionArn),
  redriveExecution: (executionArn) => redriveExecution(states, executionArn),
  startLauncher: (input) => startExecution(states, environment.LAUNCHER_ARN, input),
});

/** `ANY /v1/{proxy+}`: the management API. */
export const handler = httpHandler(({ rawPath, raw }) => answer(api, rawPath, raw));

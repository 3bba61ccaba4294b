import { defineEnvironment } from '../../core/environment.ts';

export const apiEnvironment = defineEnvironment([
  'TABLE_NAME',
  'PUBLIC_URL',
  'SECRETS_KEY_ARN',
  'SUBSCRIPTIONS_PER_INTEGRATION',
  'BUS_NAME',
  'LAUNCHER_ARN',
  'RULE_ROLE_ARN',
  'RETRY_QUEUE_ARN',
  'SCHEDULE_GROUP',
  'BUS_ARN',
  'SCHEDULE_ROLE_ARN',
  'MAIL_TOPIC_ARN',
  'NOTIFICATION_TOPICS',
  'RULE_QUOTA',
  'PAYLOAD_BUCKET',
]);

import { defineEnvironment } from '../../core/environment.ts';

export const notifyEnvironment = defineEnvironment(['TABLE_NAME', 'PUBLIC_URL', 'SECRETS_KEY_ARN', 'MAIL_TOPIC_ARN']);

import { defineEnvironment } from '../../core/environment.ts';

export const ingestEnvironment = defineEnvironment([
  'TABLE_NAME',
  'BUS_NAME',
  'PAYLOAD_BUCKET',
  'PUBLIC_URL',
  'SECRETS_KEY_ARN',
  /** CIDR ranges with commas between them; `none` where nothing stands before the API. */
  'TRUSTED_PROXIES',
]);

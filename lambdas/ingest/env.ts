import { defineEnvironment } from '../../core/environment.ts';

export const ingestEnvironment = defineEnvironment(['TABLE_NAME', 'BUS_NAME', 'PAYLOAD_BUCKET', 'PUBLIC_URL']);

import { defineEnvironment } from '../../core/environment.ts';

export const callbacksEnvironment = defineEnvironment(['TABLE_NAME', 'PUBLIC_URL']);

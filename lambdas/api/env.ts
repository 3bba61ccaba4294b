import { defineEnvironment } from '../../core/environment.ts';

export const apiEnvironment = defineEnvironment(['TABLE_NAME', 'PUBLIC_URL']);

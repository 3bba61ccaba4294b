import { defineEnvironment } from '../../core/environment.ts';

export const callbackEnvironment = defineEnvironment(['TABLE_NAME']);

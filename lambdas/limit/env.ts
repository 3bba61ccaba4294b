import { defineEnvironment } from '../../core/environment.ts';

export const limitEnvironment = defineEnvironment(['TABLE_NAME']);

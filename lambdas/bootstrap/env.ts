import { defineEnvironment } from '../../core/environment.ts';

export const bootstrapEnvironment = defineEnvironment(['TABLE_NAME']);

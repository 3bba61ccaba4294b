import { defineEnvironment } from '../../core/environment.ts';

export const queryEnvironment = defineEnvironment(['TABLE_NAME', 'BUS_NAME']);

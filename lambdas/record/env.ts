import { defineEnvironment } from '../../core/environment.ts';

export const recordEnvironment = defineEnvironment(['TABLE_NAME', 'BUS_NAME', 'LAUNCHER_ARN']);

import { defineEnvironment } from '../../core/environment.ts';

export const reconcileEnvironment = defineEnvironment(['TABLE_NAME', 'BUS_NAME', 'LAUNCHER_ARN']);

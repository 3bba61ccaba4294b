import { defineEnvironment } from '../../core/environment.ts';

export const registryEnvironment = defineEnvironment(['TABLE_NAME', 'BUS_NAME', 'SCHEDULE_GROUP']);

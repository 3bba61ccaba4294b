import { defineEnvironment } from '../../core/environment.ts';

export const relaunchEnvironment = defineEnvironment(['LAUNCHER_ARN']);

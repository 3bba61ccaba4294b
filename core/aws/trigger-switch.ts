import type { TriggerSwitch } from '../triggers/trigger-switch.ts';

/** The rules and schedules of triggers. */
export const openTriggerSwitch = (): TriggerSwitch => ({
  enable: async () => undefined,
  disable: async () => undefined,
});

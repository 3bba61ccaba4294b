import { type RuleRemoval, removeEventTrigger } from './change-event-trigger.ts';
import { removeSchedule, type Schedules } from './change-schedule.ts';
import type { Trigger } from './trigger.ts';

/** Removes a trigger that was made at run time, and its rule or its schedule. Raises 409 for a declared one. */
export async function removeRunTimeTrigger(
  removal: {
    readonly rules: RuleRemoval;
    readonly schedules: Pick<Schedules, 'remove'>;
    readonly removeTrigger: (triggerId: string) => Promise<void>;
  },
  trigger: Trigger,
): Promise<void> {
  if (trigger.kind === 'schedule') await removeSchedule(removal, trigger);
  else await removeEventTrigger(removal, trigger);
}

import { ResourceNotFoundException } from '@aws-sdk/client-scheduler';
import type { Trigger } from '../triggers/trigger.ts';
import type { TriggerSwitch } from '../triggers/trigger-switch.ts';
import { openRules, switchRule } from './rules.ts';
import { openSchedules, switchSchedule } from './schedules.ts';

/** The switch of the rules and schedules that AWS has of triggers. */
export function openTriggerSwitch(): TriggerSwitch {
  const rules = openRules();
  const schedules = openSchedules();
  const turn = async (trigger: Trigger, enabled: boolean): Promise<void> => {
    if (trigger.kind === 'webhook' || trigger.resourceArn === undefined) return;
    if (trigger.kind === 'event') await switchRule(rules, trigger.resourceArn, enabled);
    else
      await switchSchedule(schedules, trigger.resourceArn, enabled).catch((error: unknown) => {
        // The scheduler deletes some after their last fire; and what is not there fires for nobody.
        const isGone = trigger.atRunTime && error instanceof ResourceNotFoundException;
        if (!(isGone && (trigger.deleteWhenOver || !enabled))) throw error;
      });
  };
  return { enable: (trigger) => turn(trigger, true), disable: (trigger) => turn(trigger, false) };
}

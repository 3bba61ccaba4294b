import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { EVENT_TYPES } from '../events/envelope.ts';
import { startToSet } from '../schedules/fire-times.ts';
import { SCHEDULE_SOURCE, scheduleInputOf } from '../schedules/schedule-input.ts';
import type { Schedules } from '../triggers/change-schedule.ts';
import { RULE_RETRY, RUN_TIME_PREFIX } from '../triggers/rule-target.ts';
import type { TriggerOf } from '../triggers/trigger.ts';
import { openSchedules } from './schedules.ts';

/** Where the schedules of triggers are, and what they reach. */
export interface SchedulePlace {
  readonly groupName: string;
  readonly busArn: string;
  /** With this role a schedule puts its event on the bus. */
  readonly roleArn: string;
  readonly retryQueueArn: string;
}

const nameOf = (triggerId: string): string => `${RUN_TIME_PREFIX}${triggerId}`;

/** Removing the schedules of the triggers that are made at run time. */
export function openScheduleRemoval(GroupName: string): Pick<Schedules, 'remove'> {
  const client = openSchedules();
  return {
    async remove(triggerId) {
      try {
        await client.send(new DeleteScheduleCommand({ GroupName, Name: nameOf(triggerId) }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
  };
}

/** The schedules of the triggers that are made at run time. */
export function openTriggerSchedules(place: SchedulePlace): Schedules {
  const client = openSchedules();
  return {
    ...openScheduleRemoval(place.groupName),
    async put(trigger, enabled, now) {
      const definition = definitionOf(trigger, place, enabled, now);
      try {
        const { ScheduleArn = '' } = await client.send(new CreateScheduleCommand(definition));
        return ScheduleArn;
      } catch (error) {
        if (!(error instanceof ConflictException)) throw error;
      }
      const { ScheduleArn = '' } = await client.send(new UpdateScheduleCommand(definition));
      return ScheduleArn;
    },
  };
}

function definitionOf(
  trigger: TriggerOf<'schedule'>,
  { groupName, busArn, roleArn, retryQueueArn }: SchedulePlace,
  enabled: boolean,
  now: Date,
): CreateScheduleCommandInput {
  const { triggerId, workflowId, schedule, deleteWhenOver } = trigger;
  const start = startToSet(schedule, now.getTime());
  return {
    GroupName: groupName,
    Name: nameOf(triggerId),
    Description: trigger.description ?? `The trigger ${triggerId} of the workflow ${workflowId}.`,
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: schedule.timezone,
    ...(start !== undefined && { StartDate: new Date(start) }),
    ...(schedule.endsAt !== undefined && { EndDate: new Date(schedule.endsAt) }),
    FlexibleTimeWindow:
      schedule.windowMinutes === undefined ? { Mode: 'OFF' } : { Mode: 'FLEXIBLE', MaximumWindowInMinutes: schedule.windowMinutes },
    State: enabled ? 'ENABLED' : 'DISABLED',
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-delete.html#automatic-deletion
    ActionAfterCompletion: deleteWhenOver ? 'DELETE' : 'NONE',
    Target: {
      Arn: busArn,
      RoleArn: roleArn,
      EventBridgeParameters: { Source: SCHEDULE_SOURCE, DetailType: EVENT_TYPES.schedule },
      Input: scheduleInputOf(trigger),
      RetryPolicy: {
        MaximumEventAgeInSeconds: RULE_RETRY.maximumEventAgeInSeconds,
        MaximumRetryAttempts: RULE_RETRY.maximumRetryAttempts,
      },
      DeadLetterConfig: { Arn: retryQueueArn },
    },
  };
}

import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { nextFire, startToSet } from '../schedules/fire-times.ts';
import type { Schedule } from '../schedules/schedule.ts';
import { clientSettings } from './client-settings.ts';

export const openSchedules = (): SchedulerClient => new SchedulerClient(clientSettings);

/** Enables or disables a schedule; one that already is, or that will never fire again, stays untouched. Rejects when there is no such schedule. */
export async function switchSchedule(
  client: SchedulerClient,
  scheduleArn: string,
  enabled: boolean,
  now = Date.now(),
): Promise<void> {
  const [, GroupName = '', Name = ''] = /:schedule\/([^/]+)\/([^/]+)$/.exec(scheduleArn) ?? [];
  const State = enabled ? 'ENABLED' : 'DISABLED';
  const found = await client.send(new GetScheduleCommand({ GroupName, Name }));
  const { ScheduleExpression = '', ScheduleExpressionTimezone = 'UTC', StartDate, EndDate } = found;
  const schedule: Schedule = {
    expression: ScheduleExpression,
    timezone: ScheduleExpressionTimezone,
    ...(StartDate && { startsAt: StartDate.toISOString() }),
    ...(EndDate && { endsAt: EndDate.toISOString() }),
  };
  if (found.State === State || nextFire(schedule, now, now) === undefined) return;
  const start = startToSet(schedule, now);
  // UpdateSchedule replaces the whole: what it is not given goes back to its default
  // (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html).
  const { Description, KmsKeyArn, Target, FlexibleTimeWindow, ActionAfterCompletion } = found;
  await client.send(
    new UpdateScheduleCommand({
      GroupName,
      Name,
      ScheduleExpression,
      ScheduleExpressionTimezone,
      StartDate: start === undefined ? undefined : new Date(start),
      EndDate,
      Description,
      KmsKeyArn,
      Target,
      FlexibleTimeWindow,
      ActionAfterCompletion,
      State,
    }),
  );
}

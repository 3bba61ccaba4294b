import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { clientSettings } from './client-settings.ts';

export const openSchedules = (): SchedulerClient => new SchedulerClient(clientSettings);

/** Enables or disables a schedule; one that already is stays untouched. Rejects when there is no such schedule. */
export async function switchSchedule(client: SchedulerClient, scheduleArn: string, enabled: boolean): Promise<void> {
  const [, GroupName = '', Name = ''] = /:schedule\/([^/]+)\/([^/]+)$/.exec(scheduleArn) ?? [];
  const State = enabled ? 'ENABLED' : 'DISABLED';
  const found = await client.send(new GetScheduleCommand({ GroupName, Name }));
  if (found.State === State) return;
  // UpdateSchedule replaces the whole: what it is not given goes back to its default
  // (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html).
  const { ScheduleExpression, ScheduleExpressionTimezone, StartDate, EndDate, Description, KmsKeyArn } = found;
  const { Target, FlexibleTimeWindow, ActionAfterCompletion } = found;
  await client.send(
    new UpdateScheduleCommand({
      GroupName,
      Name,
      ScheduleExpression,
      ScheduleExpressionTimezone,
      StartDate,
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

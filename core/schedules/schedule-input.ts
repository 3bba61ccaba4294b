import { EVENT_TYPES } from '../events/envelope.ts';
import type { TriggerOf } from '../triggers/trigger.ts';

/** `Source` on the bus of what schedules put there. */
export const SCHEDULE_SOURCE = 'millrace.schedule';

/**
 * The event that a schedule puts on the bus, as JSON. The launcher makes the event's id of this one. The scheduler fills the placeholders in
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html).
 */
export const scheduleInputOf = ({
  triggerId,
  workspace,
  workflowId,
  params = {},
  labels,
}: Pick<TriggerOf<'schedule'>, 'triggerId' | 'workspace' | 'workflowId' | 'params' | 'labels'>): string =>
  JSON.stringify({
    specversion: '1.0',
    id: '<aws.scheduler.schedule-arn>#<aws.scheduler.scheduled-time>',
    source: `/workspaces/${workspace}/schedule/${triggerId}`,
    type: EVENT_TYPES.schedule,
    time: '<aws.scheduler.scheduled-time>',
    datacontenttype: 'application/json',
    data: params,
    workspace,
    depth: 0,
    trigger: { id: triggerId, kind: 'schedule', workflowId, ...(labels && { labels }) },
  });

import * as v from 'valibot';

export const FAILURE_TYPES = ['run.failed', 'run.timed_out', 'notification.test'] as const;

/** What the bus says of a run that failed, or of a notification that somebody wants to see. */
export const failureSchema = v.object({
  id: v.string(),
  type: v.picklist(FAILURE_TYPES),
  workspace: v.string(),
  time: v.string(),
  data: v.object({
    workflowId: v.optional(v.string()),
    activityId: v.optional(v.string()),
    error: v.optional(v.string()),
    cause: v.optional(v.string()),
  }),
});
export type Failure = v.InferOutput<typeof failureSchema>;

export interface Notice {
  /** One line of ASCII, 99 characters at most (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
  readonly subject: string;
  readonly text: string;
}

/** A cause may be long, and hold what a task has said of its input: its beginning is enough to know it by. */
const LONGEST_CAUSE = 300;
const LONGEST_SUBJECT = 99;

/** What people read of a failed run: never its input or output. */
export function noticeOf({ type, workspace, time, data }: Failure, publicUrl: string): Notice {
  const { workflowId = '', activityId = '', error, cause } = data;
  if (type === 'notification.test') {
    const whose = workflowId === '' ? `the workspace ${workspace}` : `the workflow ${workflowId}`;
    return {
      subject: printable('Millrace: a test notification'),
      text: `You are told here when runs of ${whose} fail. This is a test; nothing has failed.`,
    };
  }
  const what = type === 'run.timed_out' ? 'timed out' : 'failed';
  const why = [error, cause === undefined ? undefined : cut(cause)].filter((part) => part !== undefined).join(': ');
  return {
    subject: printable(`Millrace: ${workflowId} ${what}`),
    text: [
      `A run of the workflow ${workflowId} ${what} at ${time}.`,
      ...(why === '' ? [] : [why]),
      `${publicUrl}/webhook/status/${activityId}`,
      `npx millrace runs show ${activityId}`,
    ].join('\n'),
  };
}

const cut = (text: string): string => (text.length <= LONGEST_CAUSE ? text : `${text.slice(0, LONGEST_CAUSE)}...`);

const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_SUBJECT);

/** Text that Slack shows as it is (https://docs.slack.dev/messaging/formatting-message-text#escaping). */
export const slackText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

import * as v from 'valibot';
import { anObject } from '../an-object.ts';

export interface QueuedLaunch {
  readonly messageId: string;
  /** JSON text: an input of the launcher, or what a rule or a schedule could not deliver. */
  readonly body: string;
  /** Where the message came from a rule's dead-letter queue: the rule. */
  readonly ruleArn?: string | undefined;
  /** Where it came from that of a schedule: the schedule, and the time it fired for. */
  readonly scheduleArn?: string | undefined;
  readonly scheduledTime?: string | undefined;
}

export interface Relauncher {
  readonly startLauncher: (input: string) => Promise<void>;
  /** The input template by which a rule's target gets its input; undefined for a rule that passes events on as they are. */
  readonly findInputTemplate: (ruleArn: string) => Promise<string | undefined>;
}

const objectText = v.pipe(v.string(), v.parseJson(), anObject);

/** Starts the launcher again with each message; gives the ids of those that failed, for their own sake or the launcher's. */
export async function relaunch(relauncher: Relauncher, messages: readonly QueuedLaunch[]): Promise<string[]> {
  // Side by side: a call that hangs must not take the time of the rest of the batch.
  const outcomes = await Promise.all(
    messages.map(async (message) => {
      try {
        await relauncher.startLauncher(await launcherInputOf(relauncher, message));
        return [];
      } catch (error) {
        const { messageId } = message;
        console.error({ message: 'relaunch failed', messageId, error: error instanceof Error ? error.name : 'unknown' });
        return [messageId];
      }
    }),
  );
  return outcomes.flat();
}

/**
 * The launcher's input in a message. Its text is kept as it is: parsing would round large numbers. AWS does not say whether a rule's dead-letter
 * queue gets the event or what its transformer made of it, so both are understood.
 */
async function launcherInputOf({ findInputTemplate }: Relauncher, message: QueuedLaunch): Promise<string> {
  const { body, ruleArn, scheduleArn, scheduledTime } = message;
  const parsed = v.safeParse(objectText, body);
  if (!parsed.success) throw new Error('A message of the retry queue is not an input of the launcher.');
  const { detail, event, trigger } = parsed.output;
  if (event !== undefined) return body;
  if (detail !== undefined) {
    const template = ruleArn === undefined ? undefined : await findInputTemplate(ruleArn);
    return template === undefined ? body : template.replaceAll('<aws.events.event.json>', () => body);
  }
  if (trigger === undefined || scheduleArn === undefined || scheduledTime === undefined) {
    throw new Error('A message of the retry queue has no event.');
  }
  const filled = body
    .replaceAll('<aws.scheduler.schedule-arn>', scheduleArn)
    .replaceAll('<aws.scheduler.scheduled-time>', scheduledTime);
  return `{"detail":${filled}}`;
}

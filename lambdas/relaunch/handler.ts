import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { findInputTemplate, openRules } from '../../core/aws/rules.ts';
import { openStates, startExecution } from '../../core/aws/states.ts';
import { relaunch } from '../../core/runs/relaunch.ts';
import { relaunchEnvironment } from './env.ts';

const { LAUNCHER_ARN } = relaunchEnvironment.read();
const states = openStates();
const rules = openRules();
const relauncher = {
  startLauncher: (input: string) => startExecution(states, LAUNCHER_ARN, input),
  findInputTemplate: (ruleArn: string) => findInputTemplate(rules, ruleArn),
};

/** Messages of the retry queue: each is an input of the launcher, or becomes one. One that fails is given back, and parked after its last time. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const failed = await relaunch(relauncher, Records.map(queuedLaunchIn));
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** The attributes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html, https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html */
const queuedLaunchIn = ({ messageId, body, messageAttributes: { RULE_ARN, SCHEDULE_ARN, SCHEDULED_TIME } }: SQSRecord) => ({
  messageId,
  body,
  ruleArn: RULE_ARN?.stringValue,
  scheduleArn: SCHEDULE_ARN?.stringValue,
  scheduledTime: SCHEDULED_TIME?.stringValue,
});

import * as v from 'valibot';
import { type AwsCall, AwsError, type Caller, type Json } from '../aws/service.ts';
import type { BusEvent, SerializedEvent } from './event.ts';
import { compileInput } from './transformer.ts';

/** The supported part of https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html. */
export const TargetSchema = v.strictObject({
  Id: v.string(),
  Arn: v.string(),
  RoleArn: v.optional(v.string()),
  Input: v.optional(v.string()),
  InputPath: v.optional(v.string()),
  InputTransformer: v.optional(
    v.strictObject({ InputTemplate: v.string(), InputPathsMap: v.optional(v.record(v.string(), v.string())) }),
  ),
  /** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html */
  RetryPolicy: v.optional(
    v.strictObject({
      MaximumRetryAttempts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(185))),
      MaximumEventAgeInSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(60), v.maxValue(86_400))),
    }),
  ),
  DeadLetterConfig: v.optional(v.strictObject({ Arn: v.optional(v.string()) })),
  SqsParameters: v.optional(v.strictObject({ MessageGroupId: v.string() })),
});

export type Target = v.InferOutput<typeof TargetSchema>;

type TargetKind = 'lambda' | 'states' | 'sqs' | 'bus';

/** What a target is sent, and for which rule. Other buses are passed the event itself. */
interface Invocation {
  readonly target: Target;
  readonly ruleArn: string;
  readonly payload: string;
  readonly eventJson: string;
}

/** Told of the request with which an event is passed on to another bus, so that it arrives there as it is. */
export type Forward = (input: Json, event: SerializedEvent) => void;

function targetKind(target: Target): TargetKind {
  const [, , service, , , resource = '', rest = ''] = target.Arn.split(':');
  if (service === 'lambda' && resource === 'function') return 'lambda';
  if (service === 'states' && resource === 'stateMachine') return 'states';
  if (service === 'sqs' && resource !== '' && rest === '') return 'sqs';
  if (service === 'events' && resource.startsWith('event-bus/')) return 'bus';
  throw new Error(`The target ${target.Id} (${target.Arn}) is of a kind that is not supported locally.`);
}

/** Throws an `Error` with a sentence for a target that EventBridge would refuse, or that the local bus does not support. */
export function checkTarget(target: Target): void {
  const kind = targetKind(target);
  if ((kind === 'states' || kind === 'bus') && target.RoleArn === undefined)
    throw new Error(`The target ${target.Id} needs a RoleArn.`);
  if (target.DeadLetterConfig?.Arn !== undefined && !target.DeadLetterConfig.Arn.startsWith('arn:aws:sqs:')) {
    throw new Error(`The dead-letter queue of the target ${target.Id} must be an SQS queue.`);
  }
  compileInput(target);
}

/** EventBridge on its own behalf, for a rule. */
export const asEventBridge = (ruleArn: string): Caller => ({
  kind: 'service',
  principal: 'events.amazonaws.com',
  sourceArn: ruleArn,
});

/** SendMessage names its queue by URL; this is the one that SQS gives a queue. */
export function queueUrl(arn: string): string {
  const [, , , region = '', account = '', name = ''] = arn.split(':');
  return `https://sqs.${region}.amazonaws.com/${account}/${name}`;
}

/** Sends an event to a target, resolving when the target's service has taken it. Rejects with the target's error. */
export async function invokeTarget(call: AwsCall, forward: Forward, invocation: Invocation): Promise<void> {
  const { target, ruleArn, payload, eventJson } = invocation;
  const role: Caller = { kind: 'role', arn: target.RoleArn ?? '' };
  switch (targetKind(target)) {
    case 'lambda':
      await call(
        'lambda',
        'Invoke',
        { FunctionName: target.Arn, InvocationType: 'Event', Payload: json(payload) },
        asEventBridge(ruleArn),
      );
      return;
    case 'states':
      await call('states', 'StartExecution', { stateMachineArn: target.Arn, input: json(payload) }, role);
      return;
    case 'sqs': {
      const group = target.SqsParameters?.MessageGroupId;
      const message = {
        QueueUrl: queueUrl(target.Arn),
        MessageBody: payload,
        ...(group !== undefined && { MessageGroupId: group }),
      };
      await call('sqs', 'SendMessage', message, asEventBridge(ruleArn));
      return;
    }
    case 'bus': {
      const event: BusEvent = JSON.parse(eventJson);
      const { source, 'detail-type': detailType, detail } = event;
      const input = {
        Entries: [{ EventBusName: target.Arn, Source: source, DetailType: detailType, Detail: JSON.stringify(detail) }],
      };
      forward(input, { event, json: eventJson });
      await call('events', 'PutEvents', input, role);
    }
  }
}

/** Throws `AwsError` `InvalidJson` unless a transformed input is JSON, which these targets need. */
function json(payload: string): string {
  try {
    JSON.parse(payload);
    return payload;
  } catch {
    throw new AwsError('InvalidJson', 'The input of the target is not valid JSON.');
  }
}

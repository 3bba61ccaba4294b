import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { PLATFORM_SOURCE } from '../core/events/platform-event.ts';
import { FAILURE_TYPES } from '../core/notifications/notice.ts';
import { notifyEnvironment } from '../lambdas/notify/env.ts';
import { type Access, grant } from './access.ts';
import type { Alarms } from './alarms.ts';
import type { Bus } from './bus.ts';
import { type FunctionDefaults, HandlerFunction } from './handler-function.ts';
import type { PublicHttpApi } from './http-api.ts';
import { ParkedQueue } from './queue.ts';
import type { StateStack } from './state-stack.ts';

interface NotificationsProps {
  readonly defaults: FunctionDefaults;
  readonly state: StateStack;
  readonly bus: Bus;
  readonly http: PublicHttpApi;
  readonly alarms: Alarms;
}

/** Tells people of failed runs: by e-mail, on topics of theirs, and by a webhook such as Slack's. */
export class Notifications extends Construct {
  private readonly mailTopic: Topic;
  private readonly topicArns: readonly string[];

  constructor(scope: Construct, id: string, { defaults, state, bus, http, alarms }: NotificationsProps) {
    super(scope, id);
    this.topicArns = defaults.config.notificationTopics;
    this.mailTopic = new Topic(this, 'Mail', { enforceSSL: true });
    const deadLetterQueue = new ParkedQueue(this, 'UntoldFailures');
    const maxEventAge = Duration.hours(6);
    const notify = new HandlerFunction(this, 'Notify', {
      defaults,
      name: 'notify',
      description: 'Tells people of failed runs.',
      environment: notifyEnvironment,
      access: [state.items('GetItem', 'PutItem', 'DeleteItem'), state.openingSecrets('notification'), this.publishing()],
      variables: { PUBLIC_URL: http.url },
      asynchronous: { deadLetterQueue, retryAttempts: 2, maxEventAge },
    });
    new Rule(this, 'Failures', {
      description: 'Failed runs, of which people are told.',
      eventBus: bus.eventBus,
      eventPattern: { source: [PLATFORM_SOURCE], detailType: [...FAILURE_TYPES] },
      targets: [new LambdaFunction(notify, { deadLetterQueue, retryAttempts: 185, maxEventAge: Duration.hours(24) })],
    });
    alarms.addForQueue('NotifyFails', deadLetterQueue, {
      effect: 'Runs failed, and not all who wanted to know were told.',
      runbook: 'notify-fails',
    });
  }

  /** Having SNS ask an address whether it wants to be told; and the topics that may be named. */
  subscribing(): Access<'MAIL_TOPIC_ARN' | 'NOTIFICATION_TOPICS'> {
    const { topicArn } = this.mailTopic;
    return {
      variables: { MAIL_TOPIC_ARN: topicArn, NOTIFICATION_TOPICS: this.topicArns.join(',') || 'none' },
      grantTo: (fn) => grant(fn, ['sns:Subscribe'], topicArn),
    };
  }

  private publishing(): Access<'MAIL_TOPIC_ARN'> {
    const { topicArn } = this.mailTopic;
    return {
      variables: { MAIL_TOPIC_ARN: topicArn },
      grantTo: (fn) => grant(fn, ['sns:Publish'], topicArn, ...this.topicArns),
    };
  }
}

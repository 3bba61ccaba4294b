import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Duration, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

/** The entries of docs/runbook.md, by the anchors of their headings. */
type RunbookEntry =
  | 'launches-fail'
  | 'launches-parked'
  | 'ingest-fails'
  | 'record-fails'
  | 'reconcile-fails'
  | 'registry-fails'
  | 'bootstrap-fails'
  | 'notify-fails';

interface AlarmProps {
  /** One sentence: what senders or workflow authors notice. */
  readonly effect: string;
  readonly runbook: RunbookEntry;
  /** The alarm goes off when the metric is above zero. */
  readonly metric: IMetric;
}

/** Alarms on a topic of their own, or on one that is there. None can be made without its effect and its entry in the runbook. */
export class Alarms extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: { email?: string | undefined } | { topic: ITopic }) {
    super(scope, id);
    this.topic = 'topic' in props ? props.topic : this.newTopic(props.email);
  }

  private newTopic(email: string | undefined): Topic {
    const topic = new Topic(this, 'Topic', { enforceSSL: true });
    // The topic's default policy, which let the account's alarms publish, is gone with the first statement of our own
    // (https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html).
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (email) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }

  add(id: string, props: AlarmProps): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${props.effect} Runbook: docs/runbook.md#${props.runbook}`,
      metric: props.metric,
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
  }

  addForQueue(id: string, queue: IQueue, props: Omit<AlarmProps, 'metric'>): void {
    const metric = queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' });
    this.add(id, { ...props, metric });
  }
}

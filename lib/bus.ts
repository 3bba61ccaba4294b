import { Archive, EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ADDRESSED_SOURCES } from '../core/events/envelope.ts';
import { type Access, grant } from './access.ts';
import type { StageConfig } from './config.ts';
import type { Launch } from './launch.ts';

/** The custom bus, with its archive and the one rule that serves every addressed event. */
export class Bus extends Construct {
  private readonly bus: EventBus;

  constructor(scope: Construct, id: string, props: { config: StageConfig; launch: Launch }) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus');
    new Archive(this, 'Archive', {
      sourceEventBus: this.bus,
      eventPattern: { source: Match.prefix('millrace.') },
      retention: props.config.archiveRetention,
    });
    new Rule(this, 'Addressed', {
      description: 'Events that name their trigger go to the launcher as they are.',
      eventBus: this.bus,
      eventPattern: {
        source: [...ADDRESSED_SOURCES],
        detail: { trigger: { id: [{ exists: true }] }, workspace: [{ exists: true }] },
      },
      targets: [
        new SfnStateMachine(props.launch.stateMachine, {
          // EventBridge's own longest: 24 hours and 185 attempts
          // (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html).
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
          // An undelivered event has the same body as the launcher's own, so the same queue drains it.
          deadLetterQueue: props.launch.retryQueue,
        }),
      ],
    });
  }

  /** Publishing events. */
  publishing(): Access<'BUS_NAME'> {
    return {
      variables: { BUS_NAME: this.bus.eventBusName },
      grantTo: (fn) => grant(fn, ['events:PutEvents'], this.bus.eventBusArn),
    };
  }
}

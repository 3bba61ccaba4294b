import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration } from 'aws-cdk-lib/core';

export const STAGES = ['dev', 'prod'] as const;
export type Stage = (typeof STAGES)[number];

export interface StageConfig {
  /** Requests a second over all routes, and how many may come at once; beyond them API Gateway answers 429. */
  readonly throttling: { readonly rateLimit: number; readonly burstLimit: number };
  readonly logRetention: RetentionDays;
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  /** How long events can be replayed from the bus's archive. */
  readonly archiveRetention: Duration;
  /** Deleting the stack neither deletes nor empties what holds state. */
  readonly protectState: boolean;
  /** Gets every alarm by e-mail; the address confirms its subscription once. */
  readonly alarmEmail?: string;
  /** The base URL that senders use when a custom domain is in front, without a slash at its end; otherwise the API's own. */
  readonly publicUrl?: string;
  /**
   * What stands before the API, such as CloudFront, as CIDR ranges: only from these is X-Forwarded-For believed. The API's default endpoint, which
   * goes around it, has to be off.
   */
  readonly trustedProxies?: readonly string[];
  /** The ARNs of SNS topics that may be named to be told of failed runs. */
  readonly notificationTopics: readonly string[];
  /** How many subscriptions of one integration a workspace may have. */
  readonly subscriptionsPerIntegration: number;
  /** The account's quota of rules on a bus (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html). */
  readonly ruleQuota: number;
}

const CONFIG: Readonly<Record<Stage, StageConfig>> = {
  dev: {
    throttling: { rateLimit: 200, burstLimit: 400 },
    logRetention: RetentionDays.ONE_WEEK,
    logLevel: 'DEBUG',
    archiveRetention: Duration.days(7),
    protectState: false,
    notificationTopics: [],
    subscriptionsPerIntegration: 10,
    ruleQuota: 300,
  },
  prod: {
    throttling: { rateLimit: 2000, burstLimit: 4000 },
    logRetention: RetentionDays.SIX_MONTHS,
    logLevel: 'INFO',
    archiveRetention: Duration.days(90),
    protectState: true,
    notificationTopics: [],
    subscriptionsPerIntegration: 10,
    ruleQuota: 300,
  },
};

export const configOf = (stage: Stage): StageConfig => CONFIG[stage];

export interface StackNames {
  readonly state: string;
  readonly platform: string;
  readonly workflows: string;
}

/** The stacks' names, the only thing that tells two copies in one account and region apart. */
export function stackNamesOf(instance: string, stage: Stage): StackNames {
  const name = (part: string) => `${instance}-${stage}-${part}`;
  return { state: name('state'), platform: name('platform'), workflows: name('workflows') };
}

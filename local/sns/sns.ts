import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { AwsError, type AwsService, type Json, type RequiredPermission } from '../aws/service.ts';
import { parseInput } from '../data/input.ts';
import type { Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import { localArn, type Provisioners, physicalName } from '../template/provisioner.ts';

interface LocalSns {
  readonly service: AwsService;
  readonly provisioners: Provisioners;
}

const attributeSchema = v.object({ datatype: v.literal('String'), stringvalue: v.string() });

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const publishSchema = v.strictObject({
  TopicArn: v.string(),
  Subject: v.optional(v.pipe(v.string(), v.regex(/^[\x21-\x7e][\x20-\x7e]{0,98}$/))),
  Message: v.pipe(
    v.string(),
    v.minLength(1),
    v.check((text) => Buffer.byteLength(text) <= 256 * 1024),
  ),
  MessageAttributes: v.optional(v.record(v.string(), attributeSchema), {}),
});

/** One value of one attribute is what is supported of https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html */
const policySchema = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.array(v.string())));

/** https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html */
const subscribeSchema = v.strictObject({
  TopicArn: v.string(),
  Protocol: v.literal('email'),
  Endpoint: v.string(),
  Attributes: v.optional(v.strictObject({ FilterPolicy: v.optional(policySchema) }), {}),
});

type Subscription = Pick<v.InferOutput<typeof subscribeSchema>, 'Endpoint'> & {
  readonly policy: Readonly<Record<string, string[]>>;
};

/** SNS's topics and e-mail subscriptions, which count as confirmed at once. An e-mail is a few lines in the terminal. Counts `sns.notices`. */
export function createSns({ db, meter, log }: { db: DatabaseSync; meter: Meter; log: Log }): LocalSns {
  db.exec(
    'CREATE TABLE IF NOT EXISTS sns_subscription (topic TEXT, endpoint TEXT, policy TEXT NOT NULL, PRIMARY KEY (topic, endpoint))',
  );
  const upsert = db.prepare('INSERT OR REPLACE INTO sns_subscription (topic, endpoint, policy) VALUES (?, ?, ?)');
  const select = db.prepare('SELECT endpoint, policy FROM sns_subscription WHERE topic = ?');
  const topics = new Set<string>();

  const existing = (arn: string) => {
    if (!topics.has(arn)) throw new AwsError('NotFound', 'Topic does not exist', 404);
  };
  const subscriptionsOf = (arn: string): Subscription[] =>
    select.all(arn).map(({ endpoint, policy }) => ({ Endpoint: String(endpoint), policy: v.parse(policySchema, String(policy)) }));

  const operations: Readonly<Record<string, (input: Json) => Json>> = {
    Subscribe(input) {
      const { TopicArn, Endpoint, Attributes } = parseInput(subscribeSchema, input, 'InvalidParameter');
      existing(TopicArn);
      upsert.run(TopicArn, Endpoint, JSON.stringify(Attributes.FilterPolicy ?? {}));
      return { SubscriptionArn: 'pending confirmation' };
    },
    Publish(input) {
      const { TopicArn, Subject = '', Message, MessageAttributes } = parseInput(publishSchema, input, 'InvalidParameter');
      existing(TopicArn);
      for (const { Endpoint, policy } of subscriptionsOf(TopicArn)) {
        const takes = Object.entries(policy).every(([name, values]) => values.includes(MessageAttributes[name]?.stringvalue ?? ''));
        if (!takes) continue;
        meter.add('sns.notices', 1);
        log.line(`e-mail to ${Endpoint}: ${Subject}`);
        for (const line of Message.split('\n')) log.line(`  ${line}`);
      }
      return { MessageId: randomUUID() };
    },
  };

  return {
    service: {
      name: 'sns',
      permissions: requiredPermissions,
      async call(operation, input) {
        const run = operations[operation];
        if (!run) throw new AwsError('InvalidAction', `The operation ${operation} of SNS is not supported locally.`);
        return run(input);
      },
    },
    provisioners: {
      'AWS::SNS::Topic': (resource) => {
        const { TopicName } = resource.properties;
        const name = typeof TopicName === 'string' ? TopicName : physicalName(resource, 256);
        const arn = localArn('sns', name);
        topics.add(arn);
        return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
      },
      /** What CDK writes there refuses plain HTTP, or lets alarms publish. */
      'AWS::SNS::TopicPolicy': (resource) => {
        const id = physicalName(resource, 255);
        return { ref: id, attributes: { Id: id } };
      },
    },
  };
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html */
const requiredPermissions = (operation: string, { TopicArn }: Json): readonly RequiredPermission[] => [
  { action: `sns:${operation}`, resource: String(TopicArn ?? '') },
];

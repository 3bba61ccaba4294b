import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { AwsSolutionsChecks } from 'cdk-nag';
import { actionsOf, flat, type Json, ofType, statementsOf, synthesize } from './synthesized.ts';

const dev = synthesize({ stage: 'dev' });
const prod = synthesize({ stage: 'prod' });
const STAGES = [
  ['dev', dev],
  ['prod', prod],
] as const;

describe.each(STAGES)('the stacks of %s', (_stage, { app, stacks, resources }) => {
  test.each(['state', 'platform', 'workflows'] as const)('%s has no finding of cdk-nag without a reason', (name) => {
    const { violations } = new AwsSolutionsChecks(app).validateScope(stacks[name]);

    expect(violations).toEqual([]);
  });

  test('allow no wildcard action', () => {
    // What is denied to everyone (requests without TLS) is denied for every action.
    const allowed = statementsOf(resources).filter(({ statement }) => statement.Effect === 'Allow');

    expect(allowed.flatMap(({ statement }) => actionsOf(statement)).filter((action) => action.includes('*'))).toEqual([]);
  });

  test('allow everything on all resources only where AWS offers nothing narrower', () => {
    const wild = statementsOf(resources).filter(({ id, statement }) => statement.Resource === '*' && !id.startsWith('Key'));
    const actions = new Set(wild.flatMap(({ statement }) => actionsOf(statement)));
    const others = [...actions].filter((action) => !/^(?:logs|xray):/.test(action));

    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html (ListRules),
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html,
    // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    expect(actions.size).toBeGreaterThan(others.length);
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
    expect(others.sort()).toEqual([
      'events:ListRules',
      'states:SendTaskFailure',
      'states:SendTaskHeartbeat',
      'states:SendTaskSuccess',
    ]);
  });

  test('encrypt and keep for a time all that holds data', () => {
    const key = expect.stringMatching(/^<Millrace-\w+-state:ExportsOutputFnGetAttKey/);
    for (const { properties } of ofType(resources, 'AWS::Logs::LogGroup')) {
      expect(flat(properties.KmsKeyId)).toEqual(key);
      expect(properties.RetentionInDays).toEqual(expect.any(Number));
    }
    for (const { properties } of ofType(resources, 'AWS::SQS::Queue')) {
      expect(properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 3600 });
    }
    for (const { properties } of ofType(resources, 'AWS::S3::Bucket')) {
      expect(properties).toMatchObject({
        BucketEncryption: expect.anything(),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: { Rules: [expect.objectContaining({ ExpirationInDays: 90 })] },
      });
    }
    for (const { properties } of ofType(resources, 'AWS::Events::Archive'))
      expect(properties.RetentionDays).toEqual(expect.any(Number));
  });

  test('trace every function and state machine, and log the errors of state machines without data', () => {
    for (const { properties } of ofType(resources, 'AWS::Lambda::Function')) {
      expect(properties.TracingConfig).toEqual({ Mode: 'Active' });
    }
    for (const { properties } of ofType(resources, 'AWS::StepFunctions::StateMachine')) {
      expect(properties).toMatchObject({
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
      });
    }
  });

  test('raise alarms that name their effect and an entry of the runbook', () => {
    const runbook = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
    const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-'));
    const alarms = ofType(resources, 'AWS::CloudWatch::Alarm');
    const pointed = alarms.map(
      ({ properties }) => /^[A-Z].+\. Runbook: docs\/runbook\.md#([a-z-]+)$/.exec(String(properties.AlarmDescription))?.[1],
    );

    expect(new Set(pointed)).toEqual(new Set(anchors));
    for (const { properties } of alarms) expect(properties.AlarmActions).toHaveLength(1);
  });

  test('watch the launcher, ingest, and every queue in which something waits for a person', () => {
    const alarms = ofType(resources, 'AWS::CloudWatch::Alarm').map(({ properties }) => properties);
    const watched = alarms.filter(({ MetricName }) => MetricName === 'ApproximateNumberOfMessagesVisible').map(queueOf);
    const queues = ofType(resources, 'AWS::SQS::Queue').filter(({ properties }) => properties.RedrivePolicy === undefined);

    expect(watched.sort()).toEqual(queues.map(({ id }) => `<${id}.QueueName>`).sort());
    // https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    expect(alarms.map(({ MetricName }) => MetricName)).toEqual(
      expect.arrayContaining(['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionThrottled', 'Errors', '5xx']),
    );
  });
});

const queueOf = ({ Dimensions }: Json): string => flat((Dimensions as { Value: unknown }[])[0]?.Value);

describe('the table', () => {
  test('has its keys, its indexes of keys alone, and expiry', () => {
    const [table] = ofType(dev.resources, 'AWS::DynamoDB::Table');
    const indexes = table?.properties.GlobalSecondaryIndexes as { IndexName: string; Projection: Json }[];

    expect(table?.properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      SSESpecification: { SSEEnabled: true },
    });
    expect(indexes.map(({ IndexName }) => IndexName)).toEqual(['byCollection', 'byWorkflow', 'byStatus']);
    for (const { Projection } of indexes) expect(Projection).toEqual({ ProjectionType: 'KEYS_ONLY' });
  });

  test.each([
    ['dev', dev, false, 'Delete'],
    ['prod', prod, true, 'Retain'],
  ] as const)(
    'of %s can be restored to any second, and is protected in production',
    (_stage, { resources }, isProtected, deletionPolicy) => {
      const [table] = ofType(resources, 'AWS::DynamoDB::Table');

      expect(table).toMatchObject({
        deletionPolicy,
        properties: {
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          DeletionProtectionEnabled: isProtected,
        },
      });
    },
  );
});

describe('a second copy', () => {
  test('shares no name with the first', () => {
    const second = synthesize({ stage: 'dev', instance: 'Second' });
    const names = (copy: typeof dev) => [
      ...Object.values(copy.stacks).map(({ stackName }) => stackName),
      ...copy.resources.flatMap(({ properties }) => physicalNamesIn(properties)),
    ];

    expect(names(dev).filter((name) => names(second).includes(name))).toEqual([]);
  });

  test.each(['', 'with-hyphen', '1st', 'a'.repeat(21)])('is not named %j', (instance) => {
    expect(() => synthesize({ instance })).toThrow(
      "The instance's name must be 1 to 20 letters or digits and begin with a letter.",
    );
  });
});

const physicalNamesIn = (properties: Json): string[] =>
  [
    'Name',
    'BucketName',
    'TableName',
    'QueueName',
    'TopicName',
    'FunctionName',
    'RoleName',
    'StateMachineName',
    'LogGroupName',
    'AlarmName',
    'ArchiveName',
  ]
    .map((key) => properties[key])
    .filter((name): name is string => typeof name === 'string');

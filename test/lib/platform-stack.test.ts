import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Environment } from '../../core/environment.ts';
import { apiEnvironment } from '../../lambdas/api/env.ts';
import { bootstrapEnvironment } from '../../lambdas/bootstrap/env.ts';
import { callbackEnvironment } from '../../lambdas/callback/env.ts';
import { callbacksEnvironment } from '../../lambdas/callbacks/env.ts';
import { ingestEnvironment } from '../../lambdas/ingest/env.ts';
import { limitEnvironment } from '../../lambdas/limit/env.ts';
import { notifyEnvironment } from '../../lambdas/notify/env.ts';
import { queryEnvironment } from '../../lambdas/query/env.ts';
import { reconcileEnvironment } from '../../lambdas/reconcile/env.ts';
import { recordEnvironment } from '../../lambdas/record/env.ts';
import { registryEnvironment } from '../../lambdas/registry/env.ts';
import { relaunchEnvironment } from '../../lambdas/relaunch/env.ts';
import {
  actionsOf,
  flat,
  type Json,
  logicalIdAt,
  ofType,
  type Resource,
  resourcesOf,
  statementsOf,
  synthesize,
} from './synthesized.ts';

let resources: Resource[];
let stack: ReturnType<typeof synthesize>['stacks']['platform'];

beforeAll(() => {
  stack = synthesize().stacks.platform;
  resources = resourcesOf(stack);
});

const named = (path: string): Resource => {
  const id = logicalIdAt(stack, path);
  const found = resources.find((resource) => resource.id === id);
  if (!found) throw new Error(`${path} is not in the template.`);
  return found;
};

const ARN = 'arn:<AWS::Partition>';
const EXECUTIONS = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:Millrace-dev-workflows-*';
const MACHINES = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:Millrace-dev-workflows-';

describe('routes', () => {
  test.each([
    ['ANY /webhook/{triggerId}', 'Ingest/Function'],
    ['ANY /webhook/payload', 'Ingest/Function'],
    ['ANY /hooks/{integration}/{subscriptionId}', 'Ingest/Function'],
    ['$default', 'Ingest/Function'],
    ['ANY /webhook/status/{activityId}', 'Query/Function'],
    ['ANY /v1/{proxy+}', 'Api/Function'],
    ['ANY /callback/{callbackId}', 'Callbacks/Answer'],
  ])('%s goes to %s', (routeKey, path) => {
    const route = ofType(resources, 'AWS::ApiGatewayV2::Route').find(({ properties }) => properties.RouteKey === routeKey);
    const integration = resources.find(({ id }) => flat(route?.properties.Target) === `integrations/<${id}>`);

    expect(flat(integration?.properties.IntegrationUri)).toBe(`<${named(path).id}.Arn>`);
    expect(integration?.properties.PayloadFormatVersion).toBe('2.0');
  });

  test('are these and no others', () => {
    expect(ofType(resources, 'AWS::ApiGatewayV2::Route')).toHaveLength(8);
  });

  test('are throttled and logged by their key, without anything that could hold a token', () => {
    const [stage] = ofType(resources, 'AWS::ApiGatewayV2::Stage');
    const format = JSON.stringify(stage?.properties.AccessLogSettings);

    expect(stage?.properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
    });
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
    expect(format).toContain('$context.routeKey');
    expect(format).not.toMatch(/path|query|header|identity|authorizer|domain/i);
  });

  test('have no CORS configuration, so that preflights reach the functions', () => {
    expect(ofType(resources, 'AWS::ApiGatewayV2::Api').map(({ properties }) => properties.CorsConfiguration)).toEqual([undefined]);
  });
});

describe('rules', () => {
  test('the addressed rule takes events that name their trigger to the launcher, as they are', () => {
    const { properties } = named('Bus/Addressed');
    const [target] = properties.Targets as Json[];

    expect(properties.EventPattern).toEqual({
      source: ['millrace.webhook', 'millrace.schedule', 'millrace.manual', 'millrace.cloudevents'],
      detail: { trigger: { id: [{ exists: true }] }, workspace: [{ exists: true }] },
    });
    expect(flat(properties.EventBusName)).toBe(`<${named('Bus/Bus').id}>`);
    expect(flat(target?.Arn)).toBe(`<${named('Launch/Launcher').id}>`);
    expect(Object.keys(target ?? {}).filter((key) => key.startsWith('Input'))).toEqual([]);
    expect(flat(target?.DeadLetterConfig)).toContain(named('Launch/Retry').id);
  });

  test('changes of status of our own workflows, on the default bus, go to record', () => {
    const { properties } = named('Record/StatusChanges');
    const pattern = properties.EventPattern as { detail: { stateMachineArn: { prefix: unknown }[] } };

    // https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    expect(pattern).toMatchObject({ source: ['aws.states'], 'detail-type': ['Step Functions Execution Status Change'] });
    expect(pattern.detail.stateMachineArn.map(({ prefix }) => flat(prefix))).toEqual([MACHINES]);
    expect(properties.EventBusName).toBeUndefined();
  });

  test('the reconciler runs every minute', () => {
    expect(named('Record/EveryMinute').properties.ScheduleExpression).toBe('rate(1 minute)');
  });

  test('each target has a dead-letter queue and its own retry policy', () => {
    const targets = ofType(resources, 'AWS::Events::Rule').flatMap(({ properties }) => properties.Targets as Json[]);

    expect(targets).toHaveLength(4);
    for (const target of targets) {
      expect(target).toMatchObject({
        DeadLetterConfig: { Arn: expect.anything() },
        RetryPolicy: { MaximumRetryAttempts: expect.any(Number) },
      });
    }
  });
});

/** Beside its own log group, tracing and dead-letter queue. */
const OWN = ['logs:CreateLogStream', 'logs:PutLogEvents', 'xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'sqs:SendMessage'];

/** Turning the rules and schedules of triggers on and off. */
const SWITCHING = {
  'rules of the bus': ['EnableRule', 'DisableRule'],
  'rules of the default bus': ['EnableRule', 'DisableRule'],
  'schedules of the group': ['GetSchedule', 'UpdateSchedule'],
  'schedule role': ['PassRole'],
};

/** Listing the bus's rules, for which AWS has no resource, and removing those that were made at run time. */
const REMOVING_RULES = { '*': ['ListRules'], 'run-time rules': ['RemoveTargets', 'DeleteRule'] };

/** Removing the schedules that were made at run time. */
const REMOVING_SCHEDULES = { 'run-time schedules': ['DeleteSchedule'] };

/** They know no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html */
const TASK_ANSWERS = ['SendTaskSuccess', 'SendTaskFailure', 'SendTaskHeartbeat'];

const FUNCTIONS: [path: string, environment: Environment<string>, grants: Record<string, string[]>][] = [
  [
    'Ingest/Function',
    ingestEnvironment,
    { table: ['GetItem', 'PutItem', 'UpdateItem'], bus: ['PutEvents'], payloads: ['PutObject'], 'secrets key': ['Decrypt'] },
  ],
  [
    'Query/Function',
    queryEnvironment,
    {
      table: ['GetItem', 'PutItem', 'UpdateItem'],
      bus: ['PutEvents'],
      executions: ['DescribeExecution', 'GetExecutionHistory', 'StopExecution'],
    },
  ],
  [
    'Api/Function',
    apiEnvironment,
    {
      table: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'],
      launcher: ['StartExecution'],
      payloads: ['PutObject', 'GetObject'],
      'payloads bucket': ['ListBucket'],
      ...REMOVING_RULES,
      'run-time rules': ['RemoveTargets', 'DeleteRule', 'PutRule', 'TagResource', 'PutTargets'],
      'rule role': ['PassRole'],
      'run-time schedules': ['DeleteSchedule', 'CreateSchedule'],
      'mail topic': ['Subscribe'],
      'secrets key': ['Encrypt', 'Decrypt'],
      'table/index/byCollection, table/index/byWorkflow, table/index/byStatus': ['Query'],
      executions: ['DescribeExecution', 'GetExecutionHistory', 'StopExecution', 'RedriveExecution'],
      bus: ['PutEvents'],
      ...SWITCHING,
    },
  ],
  ['Api/Bootstrap', bootstrapEnvironment, { table: ['PutItem'] }],
  ['Callbacks/Open', callbacksEnvironment, { table: ['GetItem', 'PutItem', 'UpdateItem'], '*': TASK_ANSWERS }],
  ['Callbacks/Answer', callbackEnvironment, { table: ['GetItem', 'UpdateItem'], '*': TASK_ANSWERS }],
  [
    'Record/Record',
    recordEnvironment,
    {
      table: ['GetItem', 'BatchGetItem', 'UpdateItem', 'DeleteItem', 'Query'],
      executions: ['StopExecution'],
      bus: ['PutEvents'],
      launcher: ['StartExecution'],
    },
  ],
  [
    'Notifications/Notify',
    notifyEnvironment,
    { table: ['GetItem', 'PutItem', 'DeleteItem'], 'secrets key': ['Decrypt'], 'mail topic': ['Publish'] },
  ],
  [
    'Launch/Limit',
    limitEnvironment,
    { table: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'], executions: ['StopExecution'] },
  ],
  [
    'Record/Reconcile',
    reconcileEnvironment,
    {
      table: ['GetItem', 'BatchGetItem', 'UpdateItem', 'DeleteItem', 'Query'],
      'table/index/byStatus, table/index/byCollection': ['Query'],
      launcher: ['StartExecution'],
      executions: ['DescribeExecution'],
      bus: ['PutEvents'],
    },
  ],
  [
    'Registration/Function',
    registryEnvironment,
    {
      table: ['GetItem', 'BatchGetItem', 'UpdateItem', 'DeleteItem'],
      'table/index/byCollection': ['Query'],
      machines: ['DeleteStateMachineVersion'],
      ...REMOVING_RULES,
      ...REMOVING_SCHEDULES,
      ...SWITCHING,
    },
  ],
  [
    'Launch/Relaunch',
    relaunchEnvironment,
    {
      launcher: ['StartExecution'],
      'rules of the bus': ['ListTargetsByRule'],
      'rules of the default bus': ['ListTargetsByRule'],
      'retry queue': ['ReceiveMessage', 'ChangeMessageVisibility', 'GetQueueUrl', 'DeleteMessage', 'GetQueueAttributes'],
    },
  ],
];

/** What a statement lets a function do with the secrets of which kinds. */
function kindsIn({ statement }: ReturnType<typeof statementsOf>[number]): string[] {
  const { StringEquals = {} } = (Reflect.get(statement, 'Condition') ?? {}) as { StringEquals?: Json };
  return [...actionsOf(statement), ...[StringEquals['kms:EncryptionContext:kind'] ?? []].flat().map(String)];
}

describe('functions', () => {
  test.each(FUNCTIONS)("%s has its environment's variables", (path, environment) => {
    const { Variables } = named(path).properties.Environment as { Variables: Json };

    expect(Object.keys(Variables).sort()).toEqual([...environment.names].sort());
  });

  test.each(FUNCTIONS)('%s may do exactly what it needs', (path, _environment, expected) => {
    expect(grantsOf(`${path}Role`)).toEqual(expected);
  });

  // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys
  test('that use the key for secrets name whose secret it is, and nothing else', () => {
    const uses = statementsOf(resources).filter(({ statement }) =>
      actionsOf(statement).some((action) => action.startsWith('kms:')),
    );

    expect(uses.map(kindsIn).sort()).toEqual([
      ['kms:Decrypt', 'notification'],
      ['kms:Decrypt', 'subscription', 'trigger'],
      ['kms:Decrypt', 'subscription', 'trigger'],
      ['kms:Encrypt', 'subscription', 'trigger', 'notification'],
    ]);
    for (const { statement } of uses) {
      expect(statement).toEqual({
        Effect: 'Allow',
        Action: expect.stringMatching(/^kms:(En|De)crypt$/),
        Resource: expect.anything(),
        Condition: {
          StringEquals: { 'kms:EncryptionContext:kind': expect.anything() },
          Null: { 'kms:EncryptionContext:workspace': 'false', 'kms:EncryptionContext:id': 'false' },
          'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['workspace', 'kind', 'id'] },
        },
      });
    }
  });

  test('are all of the kind that we want', () => {
    const functions = ofType(resources, 'AWS::Lambda::Function');

    expect(functions).toHaveLength(FUNCTIONS.length);
    for (const { properties } of functions) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON', LogGroup: expect.anything() },
      });
      expect(properties.ReservedConcurrentExecutions).toBeUndefined();
    }
  });

  test.each(['Record/Record', 'Record/Reconcile', 'Registration/Function', 'Api/Bootstrap'])(
    '%s keeps what failed for good',
    (path) => {
      const { id, properties } = named(path);
      const retries = ofType(resources, 'AWS::Lambda::EventInvokeConfig').find(
        (each) => flat(each.properties.FunctionName) === `<${id}>`,
      );

      expect(properties.DeadLetterConfig).toMatchObject({ TargetArn: expect.anything() });
      expect(retries?.properties).toMatchObject({
        MaximumRetryAttempts: expect.any(Number),
        MaximumEventAgeInSeconds: expect.any(Number),
      });
    },
  );
});

describe("triggers' rules and schedules", () => {
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html#limit-rule-by-target
  test('a rule that is made at run time may start the launcher alone, with the role of the other rules', () => {
    const [targets] = statementsOf(resources).filter(({ statement }) => actionsOf(statement).includes('events:PutTargets'));
    const passing = statementsOf(resources).filter(({ statement }) =>
      JSON.stringify(statement).includes('"iam:PassedToService":"events.amazonaws.com"'),
    );

    expect(targets?.statement).toMatchObject({
      Condition: {
        'ForAllValues:ArnEquals': { 'events:TargetArn': { Ref: named('Launch/Launcher').id } },
        Null: { 'events:TargetArn': 'false' },
      },
    });
    expect(passing).toHaveLength(1);
  });

  test('those made at run time are removed before their bus is', () => {
    const [cleanup] = ofType(resources, 'Custom::MillraceRunTimeRules');

    expect(cleanup?.properties).toMatchObject({ BusName: { Ref: named('Bus/Bus').id } });
  });

  test('a rule may start the launcher and nothing else', () => {
    expect(grantsOf('Bus/RuleRole')).toEqual({ launcher: ['StartExecution'] });
  });

  test('a schedule of our group may put events of schedules on the bus, and nothing else', () => {
    const role = named('Bus/ScheduleRole');
    const statements = statementsOf(resources.filter(({ properties }) => flat(properties.Roles) === `<${role.id}>`));
    const group = named('Bus/Schedules').id;

    expect(grantsOf('Bus/ScheduleRole')).toEqual({ bus: ['PutEvents'] });
    expect(statements.map(({ statement }) => (statement as unknown as Json).Condition)).toEqual([
      { StringEquals: { 'events:source': 'millrace.schedule', 'events:detail-type': 'schedule.fired' } },
      undefined,
    ]);
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    expect(JSON.stringify(role.properties.AssumeRolePolicyDocument)).toContain(`"aws:SourceArn":{"Fn::GetAtt":["${group}","Arn"]}`);
  });

  test("the retry queue takes what the bus's rules could not deliver", () => {
    const policies = ofType(resources, 'AWS::SQS::QueuePolicy').filter(({ properties }) =>
      flat(properties.Queues).includes(named('Launch/Retry').id),
    );
    const conditions = statementsOf(policies).map(({ statement }) => (statement as { Condition?: { ArnLike?: Json } }).Condition);

    expect(conditions.map((condition) => shown(condition?.ArnLike?.['aws:SourceArn']))).toContain(
      'rules of the bus, rules of the default bus',
    );
  });
});

describe('launch', () => {
  test('may do exactly what its definition calls', () => {
    expect(grantsOf('Launch/Launcher/Role')).toEqual({
      // https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html, https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
      '*': [
        'CreateLogDelivery',
        'GetLogDelivery',
        'UpdateLogDelivery',
        'DeleteLogDelivery',
        'ListLogDeliveries',
        'PutResourcePolicy',
        'DescribeResourcePolicies',
        'DescribeLogGroups',
        'GetSamplingRules',
        'GetSamplingTargets',
      ],
      table: ['GetItem', 'PutItem', 'UpdateItem'],
      'retry queue, parked queue': ['SendMessage'],
      bus: ['PutEvents'],
      [`<${named('Launch/Limit').id}.Arn>`]: ['InvokeFunction'],
      machines: ['StartExecution'],
      executions: ['StopExecution'],
    });
  });

  test('is an Express state machine that gets each name its definition leaves open', () => {
    const { properties } = named('Launch/Launcher');
    const names = [...String(properties.DefinitionString).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);

    expect(properties.StateMachineType).toBe('EXPRESS');
    expect(new Set(names)).toEqual(new Set(Object.keys(properties.DefinitionSubstitutions as Json)));
  });

  test('has put the event into a queue before its own time is up, however slowly its calls fail', () => {
    const definition: Definition = JSON.parse(String(named('Launch/Launcher').properties.DefinitionString));
    const tasks = Object.values(definition.States).filter(({ Type }) => Type === 'Task');
    const waits = Object.values(definition.States).map(({ Seconds = 0 }) => Seconds);
    const seconds = [...waits, ...tasks.map(longest)].reduce((sum, each) => sum + each, 0);

    expect(tasks.at(-1)?.Resource).toBe('arn:aws:states:::sqs:sendMessage');
    expect(seconds).toBeLessThan(definition.TimeoutSeconds);
    // https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
    expect(definition.TimeoutSeconds).toBeLessThanOrEqual(300);
  });

  test('has a retry queue that is drained by itself and gives up into the parked queue', () => {
    const [mapping] = ofType(resources, 'AWS::Lambda::EventSourceMapping');
    const redrive = named('Launch/Retry').properties.RedrivePolicy as Json;

    expect(flat(mapping?.properties.EventSourceArn)).toBe(`<${named('Launch/Retry').id}.Arn>`);
    expect(mapping?.properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    expect(flat(redrive.deadLetterTargetArn)).toBe(`<${named('Launch/Parked').id}.Arn>`);
  });
});

interface Task {
  readonly Type: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Seconds?: number;
  readonly Retry?: readonly { IntervalSeconds?: number; BackoffRate?: number; MaxAttempts?: number; MaxDelaySeconds?: number }[];
}

interface Definition {
  readonly TimeoutSeconds: number;
  readonly States: Readonly<Record<string, Task>>;
}

/** The seconds a task takes when each attempt times out and each wait is as long as full jitter makes it:
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error */
function longest({ TimeoutSeconds = Number.POSITIVE_INFINITY, Retry = [] }: Task): number {
  const waits = Retry.flatMap(
    ({ IntervalSeconds = 1, BackoffRate = 2, MaxAttempts = 3, MaxDelaySeconds = Number.POSITIVE_INFINITY }) =>
      Array.from({ length: MaxAttempts }, (_, attempt) => Math.min(IntervalSeconds * BackoffRate ** attempt, MaxDelaySeconds)),
  );
  return waits.reduce((sum, wait) => sum + wait, TimeoutSeconds * (waits.length + 1));
}

/** What a role may do, by what it may do it to; without its own log group, tracing and dead-letter queue. */
function grantsOf(rolePath: string): Record<string, string[]> {
  const roleId = logicalIdAt(stack, rolePath);
  const policies = resources.filter(({ properties }) => flat(properties.Roles) === `<${roleId}>`);
  const grants: Record<string, string[]> = {};
  for (const { statement } of statementsOf(policies)) {
    const resource = shown(statement.Resource);
    const actions = actionsOf(statement).filter((action) => resource === 'retry queue, parked queue' || !OWN.includes(action));
    if (actions.length > 0)
      grants[resource] = [...(grants[resource] ?? []), ...actions.map((action) => action.split(':')[1] ?? '')];
  }
  return grants;
}

function shown(resource: unknown): string {
  return flat(resource)
    .replaceAll(/<Millrace-dev-state:\w*Table\w*>/g, 'table')
    .replaceAll(/<Millrace-dev-state:\w*Payloads\w*>\/\*/g, 'payloads')
    .replaceAll(/<Millrace-dev-state:\w*Payloads\w*>/g, 'payloads bucket')
    .replaceAll(/<Millrace-dev-state:ExportsOutputFnGetAttKey\w*>/g, 'secrets key')
    .replace(EXECUTIONS, 'executions')
    .replace(`${MACHINES}*`, 'machines')
    .replace(`<${named('Bus/Bus').id}.Arn>`, 'bus')
    .replace(`${ARN}:events:<AWS::Region>:<AWS::AccountId>:rule/<${named('Bus/Bus').id}>/*`, 'rules of the bus')
    .replace(`<${named('Notifications/Mail').id}>`, 'mail topic')
    .replace(`${ARN}:events:<AWS::Region>:<AWS::AccountId>:rule/Millrace-dev-workflows-trigger-*`, 'rules of the default bus')
    .replace(`${ARN}:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/<${named('Bus/Schedules').id}>/*`, 'schedules of the group')
    .replace(
      `${ARN}:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/<${named('Bus/Schedules').id}>/trigger-*`,
      'run-time schedules',
    )
    .replace(`${ARN}:events:<AWS::Region>:<AWS::AccountId>:rule/<${named('Bus/Bus').id}>/trigger-*`, 'run-time rules')
    .replace(`<${named('Bus/ScheduleRole').id}.Arn>`, 'schedule role')
    .replace(`<${named('Bus/RuleRole').id}.Arn>`, 'rule role')
    .replace(`<${named('Launch/Launcher').id}>`, 'launcher')
    .replace(`<${named('Launch/Retry').id}.Arn>`, 'retry queue')
    .replace(`<${named('Launch/Parked').id}.Arn>`, 'parked queue');
}

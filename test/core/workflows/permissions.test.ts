import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { permissionMistakes } from '../../../core/workflows/permission-statement.ts';
import { derivePermissions } from '../../../core/workflows/permissions.ts';

const task = (resource: string, given: object = {}, field = 'Arguments') => ({
  States: { A: { Type: 'Task', Resource: `arn:aws:states:::${resource}`, [field]: given } },
});
const derived = (resource: string, given: object = {}) => {
  const { statements, mistakes } = derivePermissions(task(resource, given));
  expect(mistakes).toEqual([]);
  return statements;
};
const allow = (action: string, ...resources: string[]) => ({ actions: [action], resources });

const HERE = `\${AWS::Region}:\${AWS::AccountId}`;
const TABLE = `arn:\${AWS::Partition}:dynamodb:${HERE}:table/orders`;
const TABLE_ARN = 'arn:aws:dynamodb:eu-west-1:123456789012:table/orders';
const QUEUE_URL = 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs';
const QUEUE = `arn:\${AWS::Partition}:sqs:eu-west-1:123456789012:jobs`;
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:news';
const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:resize';
const MACHINE = 'arn:aws:states:eu-west-1:123456789012:stateMachine:child';

describe('permissions are derived from what a task names', () => {
  // https://docs.aws.amazon.com/step-functions/latest/dg/dynamo-iam.html, sqs-iam.html, sns-iam.html, lambda-iam.html
  test.each([
    ['dynamodb:getItem', { TableName: 'orders' }, allow('dynamodb:GetItem', TABLE)],
    ['dynamodb:putItem', { TableName: 'orders' }, allow('dynamodb:PutItem', TABLE)],
    ['dynamodb:updateItem', { TableName: 'orders' }, allow('dynamodb:UpdateItem', TABLE)],
    ['aws-sdk:dynamodb:deleteItem', { TableName: 'orders' }, allow('dynamodb:DeleteItem', TABLE)],
    ['dynamodb:getItem', { TableName: TABLE_ARN }, allow('dynamodb:GetItem', TABLE_ARN)],
    ['sqs:sendMessage', { QueueUrl: QUEUE_URL }, allow('sqs:SendMessage', QUEUE)],
    ['sqs:sendMessage.waitForTaskToken', { QueueUrl: QUEUE_URL }, allow('sqs:SendMessage', QUEUE)],
    ['aws-sdk:sqs:sendMessage', { QueueUrl: QUEUE_URL }, allow('sqs:SendMessage', QUEUE)],
    ['sns:publish', { TopicArn: TOPIC }, allow('sns:Publish', TOPIC)],
    ['lambda:invoke', { FunctionName: FUNCTION }, allow('lambda:InvokeFunction', FUNCTION)],
    ['lambda:invoke.waitForTaskToken', { FunctionName: `${FUNCTION}:3` }, allow('lambda:InvokeFunction', `${FUNCTION}:3`)],
    [
      'lambda:invoke',
      { FunctionName: 'resize' },
      allow('lambda:InvokeFunction', `arn:\${AWS::Partition}:lambda:${HERE}:function:resize`),
    ],
    ['states:startExecution', { StateMachineArn: MACHINE }, allow('states:StartExecution', MACHINE)],
    // https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
    ['aws-sdk:sfn:startExecution', { StateMachineArn: `${MACHINE}:7` }, allow('states:StartExecution', MACHINE)],
  ])('%s of %j', (resource, given, statement) => {
    expect(derived(resource, given)).toEqual([statement]);
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
  test('with Credentials only their role, which needs the rest itself', () => {
    const role = 'arn:aws:iam::210987654321:role/orders';
    const as = (RoleArn: string) => {
      const { States } = task('dynamodb:getItem', { TableName: 'orders' });
      return derivePermissions({ States: { A: { ...States.A, Credentials: { RoleArn } } } });
    };

    expect(as(role)).toEqual({ statements: [allow('sts:AssumeRole', role)], mistakes: [] });
    for (const unknown of ['{% $role %}', 'arn:aws:iam::210987654321:role/*']) {
      expect(as(unknown)).toEqual({
        statements: [],
        mistakes: [
          { path: ['States', 'A', 'Credentials', 'RoleArn'], message: expect.stringContaining('actions: [sts:AssumeRole]') },
        ],
      });
    }
  });

  test('a function as the resource itself', () => {
    expect(derivePermissions({ States: { A: { Type: 'Task', Resource: FUNCTION } } }).statements).toEqual([
      allow('lambda:InvokeFunction', FUNCTION),
    ]);
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/stepfunctions-iam.html
  test.each(['states:startExecution.sync', 'states:startExecution.sync:2'])('%s waits by a managed rule', (resource) => {
    expect(derived(resource, { StateMachineArn: MACHINE })).toEqual([
      allow('states:StartExecution', MACHINE),
      {
        actions: ['states:DescribeExecution', 'states:StopExecution'],
        resources: ['arn:aws:states:eu-west-1:123456789012:execution:child:*'],
      },
      {
        actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        resources: [`arn:\${AWS::Partition}:events:${HERE}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`],
      },
    ]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
  test.each(['events:putEvents', 'aws-sdk:eventbridge:putEvents'])('%s, with the sources of its entries only', (resource) => {
    const Entries = [
      { Source: 'shop', EventBusName: 'orders' },
      { Source: 'millrace.custom' },
      { Source: 'shop', EventBusName: 'orders' },
    ];
    const from = (source: string) => ({ StringEquals: { 'events:source': [source] } });

    expect(derived(resource, { Entries })).toEqual([
      { ...allow('events:PutEvents', `arn:\${AWS::Partition}:events:${HERE}:event-bus/orders`), conditions: from('shop') },
      {
        ...allow('events:PutEvents', `arn:\${AWS::Partition}:events:${HERE}:event-bus/default`),
        conditions: from('millrace.custom'),
      },
    ]);
  });

  test('in branches, in item processors, and in JSONPath', () => {
    const inner = task('dynamodb:getItem', { TableName: 'orders' });
    const definition = {
      States: {
        P: { Type: 'Parallel', Branches: [inner, task('sns:publish', { TopicArn: TOPIC }, 'Parameters')] },
        M: { Type: 'Map', ItemProcessor: task('sqs:sendMessage', { QueueUrl: QUEUE_URL }) },
        I: { Type: 'Map', Iterator: inner },
      },
    };

    expect(derivePermissions(definition)).toEqual({
      statements: [allow('dynamodb:GetItem', TABLE), allow('sns:Publish', TOPIC), allow('sqs:SendMessage', QUEUE)],
      mistakes: [],
    });
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
  test('a distributed Map starts its own state machine, and what it has in S3 is named in workflow.yaml', () => {
    const map = (more: object) => ({
      States: {
        M: { Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, States: {} }, ...more },
      },
    });
    const itself = `arn:\${AWS::Partition}:states:${HERE}`;

    expect(derivePermissions(map({}))).toEqual({
      statements: [
        allow('states:StartExecution', `${itself}:stateMachine:\${StateMachine}`),
        {
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [`${itself}:execution:\${StateMachine}:*`],
        },
      ],
      mistakes: [],
    });
    const inS3 = derivePermissions(
      map({ ItemReader: { Resource: 'arn:aws:states:::s3:listObjectsV2' }, ResultWriter: {} }),
    ).mistakes;
    expect(inS3).toEqual([
      { path: ['States', 'M', 'ItemReader'], message: expect.stringContaining('actions: [s3:ListBucket]') },
      { path: ['States', 'M', 'ResultWriter'], message: expect.stringContaining('actions: [s3:PutObject, s3:GetObject,') },
    ]);
  });

  test("not for the workflow's own tasks, activities and HTTP steps", () => {
    const definition = {
      States: {
        A: { Type: 'Task', Resource: `\${tasks.greet}` },
        B: { Type: 'Task', Resource: 'arn:aws:states:eu-west-1:123456789012:activity:pick' },
        C: { Type: 'Task', Resource: 'arn:aws:states:::http:invoke' },
      },
    };

    expect(derivePermissions(definition)).toEqual({ statements: [], mistakes: [] });
  });
});

describe('what cannot be derived says what to add', () => {
  test.each([
    ['dynamodb:getItem', { TableName: '{% $t %}' }, ['Arguments', 'TableName'], 'dynamodb:GetItem'],
    ['dynamodb:getItem', { TableName: `\${workflow.id}` }, ['Arguments', 'TableName'], 'dynamodb:GetItem'],
    ['dynamodb:getItem', { TableName: '*' }, ['Arguments', 'TableName'], 'dynamodb:GetItem'],
    ['dynamodb:getItem', { TableName: 'orders/index/*' }, ['Arguments', 'TableName'], 'dynamodb:GetItem'],
    [
      'dynamodb:getItem',
      { TableName: 'arn:aws:dynamodb:eu-west-1:123456789012:table/*' },
      ['Arguments', 'TableName'],
      'dynamodb:GetItem',
    ],
    ['dynamodb:getItem', { TableName: 'arn:*' }, ['Arguments', 'TableName'], 'dynamodb:GetItem'],
    [
      'events:putEvents',
      { Entries: [{ Source: 'shop', EventBusName: '*' }] },
      ['Arguments', 'Entries', 0, 'EventBusName'],
      'events:PutEvents',
    ],
    [
      'events:putEvents',
      { Entries: [{ Source: 'shop', EventBusName: 'arn:aws:events:eu-west-1:123456789012:event-bus/o?ders' }] },
      ['Arguments', 'Entries', 0, 'EventBusName'],
      'events:PutEvents',
    ],
    ['sns:publish', { PhoneNumber: '+100' }, ['Arguments', 'TopicArn'], 'sns:Publish'],
    ['sqs:sendMessage', { QueueUrl: 'jobs' }, ['Arguments', 'QueueUrl'], 'sqs:SendMessage'],
    ['events:putEvents', { Entries: '{% $e %}' }, ['Arguments', 'Entries'], 'events:PutEvents'],
    ['events:putEvents', { Entries: [{ Source: '{% $s %}' }] }, ['Arguments', 'Entries', 0, 'Source'], 'events:PutEvents'],
    ['aws-sdk:s3:getObject', {}, ['Resource'], 's3:GetObject'],
    ['aws-sdk:s3:listObjectsV2', {}, ['Resource'], 's3:ListBucket'],
    ['aws-sdk:cloudwatchlogs:putLogEvents', {}, ['Resource'], 'logs:PutLogEvents'],
  ])('%s of %j', (resource, given, path, action) => {
    const definition = task(resource, given);
    const { mistakes } = derivePermissions(definition);

    expect(mistakes).toEqual([
      { path: ['States', 'A', ...path], message: expect.stringContaining(`permissions of workflow.yaml actions: [${action}]`) },
    ]);
    expect(derivePermissions(definition, [allow(action, 'arn:aws:s3:::any')]).mistakes).toEqual([]);
    expect(derivePermissions(definition, [allow('s3:PutObject', 'arn:aws:s3:::any')]).mistakes).toEqual(mistakes);
  });

  test('a service of which we know nothing wants any of its actions', () => {
    const definition = task('aws-sdk:translate:translateText');

    expect(derivePermissions(definition).mistakes[0]?.message).toContain(
      'add to the permissions of workflow.yaml its translate actions',
    );
    expect(derivePermissions(definition, [allow('translate:TranslateText', '*')]).mistakes).toEqual([]);
  });

  test('an execution that is waited for needs to be seen and stopped as well', () => {
    const { mistakes } = derivePermissions(task('states:startExecution.sync:2', { StateMachineArn: '{% $m %}' }), [
      allow('states:StartExecution', MACHINE),
    ]);

    expect(mistakes[0]?.message).toContain('actions: [states:DescribeExecution, states:StopExecution]');
  });

  test("the platform's own sources are not for workflows, whatever is permitted", () => {
    const definition = task('events:putEvents', { Entries: [{ Source: 'millrace.webhook' }] });

    expect(derivePermissions(definition, [allow('events:PutEvents', 'arn:aws:events:a:b:event-bus/c')]).mistakes).toEqual([
      { path: ['States', 'A', 'Arguments', 'Entries', 0, 'Source'], message: expect.stringContaining('only millrace.custom') },
    ]);
  });
});

describe('explicit permissions', () => {
  test.each([
    [allow('s3:GetObject', 'arn:aws:s3:::b/*'), []],
    [allow('cloudwatch:PutMetricData', '*'), []],
    [allow('s3:*', 'arn:aws:s3:::b/*'), ['The action s3:* has a wildcard; name each action, such as s3:GetObject.']],
    [allow('*', 'arn:aws:s3:::b/*'), ['The action * has a wildcard; name each action, such as s3:GetObject.']],
    [allow('GetObject', 'arn:aws:s3:::b/*'), ['The action GetObject must be of the form service:Action, such as s3:GetObject.']],
    [
      allow('s3:GetObject', 'arn:*', 'arn:aws:*:*:*:*'),
      [
        'The resource arn:* is too wide for s3:GetObject; name the ARNs it may use.',
        'The resource arn:aws:*:*:*:* is too wide for s3:GetObject; name the ARNs it may use.',
      ],
    ],
    [allow('s3:GetObject', '*'), ['The resource * is too wide for s3:GetObject; name the ARNs it may use.']],
    [allow('s3:GetObject', 'bucket'), ['The resource bucket is not an ARN.']],
  ])('%j', (statement, expected) => {
    expect(permissionMistakes([statement]).map(({ message }) => message)).toEqual(expected);
  });
});

test('whatever a definition is, it is answered', () => {
  const anything = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(anything, fc.constantFrom('events:putEvents', 'sqs:sendMessage', 'x:y', ''), (given, resource) => {
      const state = { Type: 'Task', Resource: `arn:aws:states:::${resource}`, Arguments: given };
      for (const definition of [given, { States: given }, { States: { A: given } }, { States: { A: state } }]) {
        expect(derivePermissions(definition)).toEqual({ statements: expect.any(Array), mistakes: expect.any(Array) });
      }
    }),
    { numRuns: 100 },
  );
});

import { describe, expect, test } from '@jest/globals';
import type { Caller, RequiredPermission } from '../../../local/aws/service.ts';
import { createIam, type Iam } from '../../../local/iam/authorizer.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:123456789012:table/orders';
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:failed';
const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:ingest';
const RULE = 'arn:aws:events:us-east-1:123456789012:rule/bus/every-push';
const ROLE = 'arn:aws:iam::123456789012:role/worker';

const trusting = (...Service: string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } }],
});
const policyOf = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource });

async function provision(iam: Iam, type: string, properties: Record<string, unknown>, logicalId = 'L') {
  const provisioner = iam.provisioners[type];
  if (!provisioner) throw new Error(`no provisioner for ${type}`);
  return await provisioner({ stackName: 'S', logicalId, type, properties, metadata: {}, assemblyDir: '.' });
}

async function iamWithRole(properties: Record<string, unknown> = {}): Promise<Iam> {
  const iam = createIam();
  const AssumeRolePolicyDocument = trusting('lambda.amazonaws.com');
  await provision(iam, 'AWS::IAM::Role', { RoleName: 'worker', AssumeRolePolicyDocument, ...properties });
  return iam;
}

const worker: Caller = { kind: 'role', arn: ROLE };
const rule: Caller = { kind: 'service', principal: 'events.amazonaws.com', sourceArn: RULE };

const isAllowed = (iam: Iam, caller: Caller, action: string, resource: string, context?: RequiredPermission['context']) => {
  try {
    iam.authorize(caller, { action, resource, ...(context && { context }) });
    return true;
  } catch {
    return false;
  }
};

describe('roles', () => {
  test('a role is known by its name and ARN', async () => {
    const iam = createIam();

    const role = await provision(iam, 'AWS::IAM::Role', {
      AssumeRolePolicyDocument: trusting('lambda.amazonaws.com'),
      Path: '/own/',
    });

    expect(role.ref).toBe('S-L');
    expect(role.attributes.Arn).toBe('arn:aws:iam::123456789012:role/own/S-L');
  });

  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
  test('may do what its inline, attached and managed policies allow together, and nothing else', async () => {
    const iam = await iamWithRole({
      Policies: [{ PolicyName: 'inline', PolicyDocument: policyOf(allow('dynamodb:GetItem', TABLE)) }],
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
    });
    await provision(iam, 'AWS::IAM::Policy', {
      PolicyName: 'attached',
      PolicyDocument: policyOf(allow('dynamodb:PutItem', TABLE)),
      Roles: ['worker'],
    });
    await provision(iam, 'AWS::IAM::ManagedPolicy', {
      PolicyDocument: policyOf(allow('dynamodb:Query', TABLE)),
      Roles: ['worker'],
    });

    const allowed = ['GetItem', 'PutItem', 'Query', 'DeleteItem'].filter((name) =>
      isAllowed(iam, worker, `dynamodb:${name}`, TABLE),
    );

    expect(allowed).toEqual(['GetItem', 'PutItem', 'Query']);
    expect(isAllowed(iam, worker, 'logs:PutLogEvents', 'arn:aws:logs:us-east-1:123456789012:log-group:x')).toBe(true);
  });

  test('takes a managed policy of the templates by its ARN', async () => {
    const iam = createIam();
    const managed = await provision(
      iam,
      'AWS::IAM::ManagedPolicy',
      { PolicyDocument: policyOf(allow('dynamodb:PutItem', TABLE)) },
      'M',
    );
    const AssumeRolePolicyDocument = trusting('lambda.amazonaws.com');
    await provision(iam, 'AWS::IAM::Role', { RoleName: 'worker', AssumeRolePolicyDocument, ManagedPolicyArns: [managed.ref] });

    expect(isAllowed(iam, worker, 'dynamodb:PutItem', TABLE)).toBe(true);
  });

  test('conditions see the keys of the call', async () => {
    const Condition = { StringEquals: { 'events:source': 'millrace.custom' } };
    const bus = 'arn:aws:events:us-east-1:123456789012:event-bus/bus';
    const iam = await iamWithRole({
      Policies: [{ PolicyName: 'p', PolicyDocument: policyOf({ ...allow('events:PutEvents', bus), Condition }) }],
    });

    expect(isAllowed(iam, worker, 'events:PutEvents', bus, { 'events:source': 'millrace.custom' })).toBe(true);
    expect(isAllowed(iam, worker, 'events:PutEvents', bus, { 'events:source': 'millrace.webhook' })).toBe(false);
  });

  // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
  test('an implicit denial says who was refused what, in the words of AWS', async () => {
    const iam = await iamWithRole();

    const attempt = () => iam.authorize(worker, { action: 'dynamodb:PutItem', resource: TABLE });

    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'AccessDeniedException',
        message:
          `User: arn:aws:sts::123456789012:assumed-role/worker/local is not authorized to perform: dynamodb:PutItem on resource: ${TABLE} ` +
          'because no identity-based policy allows the dynamodb:PutItem action',
      }),
    );
  });

  test('an explicit denial says so', async () => {
    const statements = [allow('dynamodb:*', '*'), { ...allow('dynamodb:PutItem', TABLE), Effect: 'Deny' }];
    const iam = await iamWithRole({ Policies: [{ PolicyName: 'p', PolicyDocument: policyOf(...statements) }] });

    const attempt = () => iam.authorize(worker, { action: 'dynamodb:PutItem', resource: TABLE });

    expect(attempt).toThrow(`on resource: ${TABLE} with an explicit deny in an identity-based policy`);
  });

  test('a role that is not in the templates may do nothing; the operator everything', () => {
    const iam = createIam();

    expect(isAllowed(iam, worker, 'dynamodb:PutItem', TABLE)).toBe(false);
    expect(isAllowed(iam, { kind: 'operator' }, 'dynamodb:PutItem', TABLE)).toBe(true);
  });

  test.each<[string, string, Record<string, unknown>, string]>([
    [
      'an unknown managed policy',
      'AWS::IAM::Role',
      { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
      'AdministratorAccess',
    ],
    ['a permissions boundary', 'AWS::IAM::Role', { PermissionsBoundary: 'arn:aws:iam::aws:policy/x' }, 'PermissionsBoundary'],
    ['an unknown role', 'AWS::IAM::Policy', { PolicyDocument: policyOf(), Roles: ['nobody'] }, 'the role nobody'],
    ['a user', 'AWS::IAM::Policy', { PolicyDocument: policyOf(), Users: ['me'] }, 'Users are not supported'],
  ])('%s is refused', async (_name, type, properties, message) => {
    const AssumeRolePolicyDocument = trusting('lambda.amazonaws.com');

    await expect(provision(createIam(), type, { AssumeRolePolicyDocument, ...properties })).rejects.toThrow(message);
  });
});

describe('services on their own behalf', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
  test('a rule may send to a queue whose policy names it', async () => {
    const iam = createIam();
    const Condition = { ArnEquals: { 'aws:SourceArn': RULE } };
    const statement = { ...allow('sqs:SendMessage', QUEUE), Principal: { Service: 'events.amazonaws.com' }, Condition };
    await provision(iam, 'AWS::SQS::QueuePolicy', {
      Queues: ['http://127.0.0.1:4566/123456789012/failed'],
      PolicyDocument: policyOf(statement),
    });

    expect(isAllowed(iam, rule, 'sqs:SendMessage', QUEUE)).toBe(true);
    expect(isAllowed(iam, { ...rule, sourceArn: `${RULE}-2` }, 'sqs:SendMessage', QUEUE)).toBe(false);
    expect(isAllowed(iam, { ...rule, principal: 'scheduler.amazonaws.com' }, 'sqs:SendMessage', QUEUE)).toBe(false);
    expect(isAllowed(iam, rule, 'sqs:SendMessage', `${QUEUE}-2`)).toBe(false);
  });

  test('a policy that refuses plain HTTP refuses nothing here: loopback stands in for TLS', async () => {
    const iam = await iamWithRole({ Policies: [{ PolicyName: 'p', PolicyDocument: policyOf(allow('sqs:SendMessage', QUEUE)) }] });
    const refusal = {
      Effect: 'Deny',
      Action: 'sqs:*',
      Resource: QUEUE,
      Principal: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    await provision(iam, 'AWS::SQS::QueuePolicy', {
      Queues: ['http://localhost/123456789012/failed'],
      PolicyDocument: policyOf(refusal),
    });

    expect(isAllowed(iam, worker, 'sqs:SendMessage', QUEUE)).toBe(true);
  });

  test('a deny in a queue policy wins over what the role may do', async () => {
    const iam = await iamWithRole({ Policies: [{ PolicyName: 'p', PolicyDocument: policyOf(allow('sqs:*', '*')) }] });
    const refusal = { Effect: 'Deny', Action: 'sqs:SendMessage', Resource: QUEUE, Principal: { AWS: ROLE } };
    await provision(iam, 'AWS::SQS::QueuePolicy', {
      Queues: ['http://localhost/123456789012/failed'],
      PolicyDocument: policyOf(refusal),
    });

    const attempt = () => iam.authorize(worker, { action: 'sqs:SendMessage', resource: QUEUE });

    expect(attempt).toThrow('with an explicit deny in a resource-based policy');
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
  test.each<[string, Record<string, unknown>, boolean]>([
    ['its principal', { SourceArn: undefined }, true],
    ['another principal', { Principal: 'sqs.amazonaws.com' }, false],
    ['the source', { SourceArn: RULE }, true],
    ['a source with wildcards', { SourceArn: 'arn:aws:events:us-east-1:123456789012:rule/bus/*' }, true],
    ['another source', { SourceArn: `${RULE}-2` }, false],
    ['the account', { SourceAccount: '123456789012' }, true],
    ['another account', { SourceAccount: '210987654321' }, false],
    ['the function by name', { FunctionName: 'ingest' }, true],
    ['the function by partial ARN', { FunctionName: '123456789012:function:ingest' }, true],
    ['another action', { Action: 'lambda:GetFunction' }, false],
    ['a version: it is for that ARN alone', { FunctionName: `${FUNCTION}:1` }, false],
  ])('a service may invoke a function as the permission says: %s', async (_name, properties, expected) => {
    const iam = createIam();
    await provision(iam, 'AWS::Lambda::Permission', {
      FunctionName: FUNCTION,
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      ...properties,
    });

    expect(isAllowed(iam, rule, 'lambda:InvokeFunction', FUNCTION)).toBe(expected);
  });

  test('without a policy of the resource a service may do nothing', () => {
    const attempt = () => createIam().authorize(rule, { action: 'lambda:InvokeFunction', resource: FUNCTION });

    expect(attempt).toThrow(
      `User: events.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: ${FUNCTION} ` +
        'because no resource-based policy allows the lambda:InvokeFunction action',
    );
  });

  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbuspolicy.html
  test('an event bus policy lets a role publish', async () => {
    const iam = await iamWithRole();
    const bus = 'arn:aws:events:us-east-1:123456789012:event-bus/bus';
    const Statement = { ...allow('events:PutEvents', bus), Principal: { AWS: ROLE } };
    await provision(iam, 'AWS::Events::EventBusPolicy', { EventBusName: 'bus', StatementId: 'x', Statement });

    expect(isAllowed(iam, worker, 'events:PutEvents', bus)).toBe(true);
  });

  test.each<[string, string, Record<string, unknown>, string]>([
    [
      'an unsupported property',
      'AWS::Lambda::Permission',
      { FunctionName: 'f', PrincipalOrgID: 'o-1' },
      'PrincipalOrgID is not supported',
    ],
    [
      'a queue that is no URL',
      'AWS::SQS::QueuePolicy',
      { Queues: ['failed'], PolicyDocument: policyOf() },
      'not the URL of a queue',
    ],
  ])('%s is refused', async (_name, type, properties, message) => {
    await expect(provision(createIam(), type, properties)).rejects.toThrow(message);
  });

  test('two policies for one queue are refused: on AWS one would replace the other', async () => {
    const iam = createIam();
    const properties = { Queues: ['http://localhost/123456789012/failed'], PolicyDocument: policyOf() };
    await provision(iam, 'AWS::SQS::QueuePolicy', properties, 'First');

    await expect(provision(iam, 'AWS::SQS::QueuePolicy', properties, 'Second')).rejects.toThrow('another policy already');
  });
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html
describe('trust', () => {
  test('a service may assume a role that trusts it, no other service may', async () => {
    const iam = await iamWithRole();

    expect(() => iam.assertTrusts(ROLE, 'lambda.amazonaws.com')).not.toThrow();
    expect(() => iam.assertTrusts(ROLE, 'states.amazonaws.com')).toThrow('cannot be assumed by states.amazonaws.com');
    expect(() => iam.assertTrusts(`${ROLE}-2`, 'lambda.amazonaws.com')).toThrow('is not in the templates');
  });

  test('a trust policy may ask for the source', async () => {
    const statement = {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': RULE } },
    };
    const iam = await iamWithRole({ AssumeRolePolicyDocument: policyOf(statement) });

    expect(() => iam.assertTrusts(ROLE, 'events.amazonaws.com', RULE)).not.toThrow();
    expect(() => iam.assertTrusts(ROLE, 'events.amazonaws.com')).toThrow('cannot be assumed');
  });
});

describe('access keys', () => {
  test('each role has one of its own, which names it as the caller', async () => {
    const iam = await iamWithRole();
    await provision(iam, 'AWS::IAM::Role', { RoleName: 'other', AssumeRolePolicyDocument: trusting('lambda.amazonaws.com') }, 'O');

    const key = iam.accessKeyFor(ROLE);
    const other = iam.accessKeyFor('arn:aws:iam::123456789012:role/other');

    expect(key.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(iam.accessKeyFor(ROLE)).toEqual(key);
    expect(other.accessKeyId).not.toBe(key.accessKeyId);
    expect(iam.callerOf(key.accessKeyId)).toEqual(worker);
    expect(iam.callerOf(iam.operatorKey.accessKeyId)).toEqual({ kind: 'operator' });
    expect(iam.callerOf('ASIAUNKNOWN')).toBeUndefined();
  });

  test('a role that is not in the templates has none', () => {
    expect(() => createIam().accessKeyFor(ROLE)).toThrow('is not in the templates');
  });

  test('they are fresh at each start', async () => {
    const [first, second] = [await iamWithRole(), await iamWithRole()];

    expect(first.accessKeyFor(ROLE)).not.toEqual(second.accessKeyFor(ROLE));
  });
});

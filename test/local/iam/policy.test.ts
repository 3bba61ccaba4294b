import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluate, parsePolicy, type Verdict } from '../../../local/iam/policy.ts';
import type { Principal } from '../../../local/iam/principal.ts';

const ROLE = 'arn:aws:iam::123456789012:role/worker';
const TABLE = 'arn:aws:dynamodb:us-east-1:123456789012:table/orders';
const role: Principal = { kind: 'role', arn: ROLE };
const events: Principal = { kind: 'service', name: 'events.amazonaws.com' };

const allow = { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: TABLE };

function verdictOf(
  statements: object | readonly object[],
  request: { action?: string; resource?: string; context?: Record<string, string[]> } = {},
): Verdict {
  const context = new Map(Object.entries(request.context ?? {}).map(([key, values]) => [key.toLowerCase(), values]));
  const policy = parsePolicy({ Version: '2012-10-17', Statement: statements }, 'identity');
  const { action = 'dynamodb:PutItem', resource = TABLE } = request;
  return evaluate([policy], { action, resource, principal: role, context });
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
describe('evaluation', () => {
  test.each<[string, object | object[], Verdict]>([
    ['nothing is allowed by default', [], 'implicitDeny'],
    ['an allow allows', allow, 'allow'],
    ['a deny wins over an allow after it', [{ ...allow, Effect: 'Deny' }, allow], 'explicitDeny'],
    ['a deny wins over an allow before it', [allow, { ...allow, Effect: 'Deny' }], 'explicitDeny'],
    ['a deny of something else does not matter', [allow, { ...allow, Effect: 'Deny', Action: 'dynamodb:GetItem' }], 'allow'],
    ['an allow of another action does not', { ...allow, Action: 'dynamodb:GetItem' }, 'implicitDeny'],
    ['an allow of another resource does not', { ...allow, Resource: `${TABLE}-2` }, 'implicitDeny'],
  ])('%s', (_name, statements, expected) => {
    expect(verdictOf(statements)).toBe(expected);
  });

  test('a deny in one policy wins over an allow in another', () => {
    const allowing = parsePolicy({ Statement: allow }, 'identity');
    const denying = parsePolicy({ Statement: { ...allow, Effect: 'Deny' } }, 'identity');

    const verdict = evaluate([allowing, denying], {
      action: 'dynamodb:PutItem',
      resource: TABLE,
      principal: role,
      context: new Map(),
    });

    expect(verdict).toBe('explicitDeny');
  });
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
describe('actions and resources', () => {
  test.each<[string, object, Verdict]>([
    ['actions are not case-sensitive', { ...allow, Action: 'DynamoDB:putitem' }, 'allow'],
    ['* in an action', { ...allow, Action: 'dynamodb:Put*' }, 'allow'],
    ['? in an action', { ...allow, Action: 'dynamodb:Put?tem' }, 'allow'],
    ['one ? is one character', { ...allow, Action: 'dynamodb:Put?em' }, 'implicitDeny'],
    ['* alone', { ...allow, Action: '*', Resource: '*' }, 'allow'],
    ['a list of actions', { ...allow, Action: ['sqs:SendMessage', 'dynamodb:PutItem'] }, 'allow'],
    ['NotAction takes the others', { Effect: 'Allow', NotAction: 'sqs:*', Resource: '*' }, 'allow'],
    ['NotAction leaves its own out', { Effect: 'Allow', NotAction: 'dynamodb:*', Resource: '*' }, 'implicitDeny'],
    ['resources are case-sensitive', { ...allow, Resource: TABLE.replace('orders', 'Orders') }, 'implicitDeny'],
    ['* in a resource', { ...allow, Resource: 'arn:aws:dynamodb:*:*:table/ord*' }, 'allow'],
    ['a resource is matched from end to end', { ...allow, Resource: TABLE.slice(0, -1) }, 'implicitDeny'],
    ['NotResource takes the others', { Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::b' }, 'allow'],
    ['NotResource leaves its own out', { Effect: 'Allow', Action: '*', NotResource: [TABLE] }, 'implicitDeny'],
  ])('%s', (_name, statement, expected) => {
    expect(verdictOf(statement)).toBe(expected);
  });
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
describe('conditions', () => {
  const context = { 'k:one': ['Red'], 'k:many': ['a', 'b'], 'k:n': ['5'], 'k:t': ['2026-01-02T00:00:00Z'], 'k:arn': [ROLE] };

  test.each<[string, object, boolean]>([
    ['StringEquals', { StringEquals: { 'k:one': 'Red' } }, true],
    ['StringEquals is case-sensitive', { StringEquals: { 'k:one': 'red' } }, false],
    ['a key is not case-sensitive', { StringEquals: { 'K:ONE': 'Red' } }, true],
    ['values are alternatives', { StringEquals: { 'k:one': ['Blue', 'Red'] } }, true],
    ['keys must all match', { StringEquals: { 'k:one': 'Red', 'k:n': '6' } }, false],
    ['operators must all match', { StringEquals: { 'k:one': 'Red' }, NumericEquals: { 'k:n': '6' } }, false],
    ['StringEquals knows no wildcards', { StringEquals: { 'k:one': 'R*' } }, false],
    ['StringNotEquals', { StringNotEquals: { 'k:one': ['Blue', 'Red'] } }, false],
    ['StringNotEquals, none of them', { StringNotEquals: { 'k:one': ['Blue', 'Green'] } }, true],
    ['StringEqualsIgnoreCase', { StringEqualsIgnoreCase: { 'k:one': 'rED' } }, true],
    ['StringNotEqualsIgnoreCase', { StringNotEqualsIgnoreCase: { 'k:one': 'rED' } }, false],
    ['StringLike', { StringLike: { 'k:one': 'R?d*' } }, true],
    ['StringNotLike', { StringNotLike: { 'k:one': 'R*' } }, false],
    ['Bool', { Bool: { 'k:one': 'red' } }, true],
    ['NumericEquals', { NumericEquals: { 'k:n': '5.0' } }, true],
    ['NumericNotEquals', { NumericNotEquals: { 'k:n': 5 } }, false],
    ['NumericLessThan', { NumericLessThan: { 'k:n': '5' } }, false],
    ['NumericLessThanEquals', { NumericLessThanEquals: { 'k:n': '5' } }, true],
    ['NumericGreaterThan', { NumericGreaterThan: { 'k:n': '4' } }, true],
    ['NumericGreaterThanEquals', { NumericGreaterThanEquals: { 'k:n': '6' } }, false],
    ['DateGreaterThan', { DateGreaterThan: { 'k:t': '2026-01-01' } }, true],
    ['DateLessThan with epoch seconds', { DateLessThan: { 'k:t': '1767225600' } }, false],
    ['ArnEquals', { ArnEquals: { 'k:arn': 'arn:aws:iam::*:role/work*' } }, true],
    ['ArnLike compares part by part', { ArnLike: { 'k:arn': 'arn:aws:*:role/worker' } }, false],
    ['ArnNotLike', { ArnNotLike: { 'k:arn': 'arn:aws:iam::*:role/*' } }, false],
    ['Null true: the key must be absent', { Null: { 'k:one': 'true' } }, false],
    ['Null true without the key', { Null: { 'k:none': 'true' } }, true],
    ['Null false: the key must be there', { Null: { 'k:one': false } }, true],
    ['a missing key does not match', { StringEquals: { 'k:none': 'x' } }, false],
    ['a missing key matches a negated operator', { StringNotEquals: { 'k:none': 'x' } }, true],
    ['IfExists without the key', { StringEqualsIfExists: { 'k:none': 'x' } }, true],
    ['IfExists with the key', { StringEqualsIfExists: { 'k:one': 'x' } }, false],
    ['ForAllValues', { 'ForAllValues:StringEquals': { 'k:many': ['a', 'b', 'c'] } }, true],
    ['ForAllValues, one outside', { 'ForAllValues:StringEquals': { 'k:many': ['a'] } }, false],
    ['ForAllValues without the key', { 'ForAllValues:StringEquals': { 'k:none': ['a'] } }, true],
    ['ForAnyValue', { 'ForAnyValue:StringLike': { 'k:many': ['b*'] } }, true],
    ['ForAnyValue, none', { 'ForAnyValue:StringEquals': { 'k:many': ['c'] } }, false],
    ['ForAnyValue without the key', { 'ForAnyValue:StringEquals': { 'k:none': ['a'] } }, false],
    ['ForAllValues, negated', { 'ForAllValues:StringNotLike': { 'k:many': ['b*'] } }, false],
    ['ForAnyValue, negated', { 'ForAnyValue:StringNotEquals': { 'k:many': ['b'] } }, true],
  ])('%s', (_name, Condition, matches) => {
    const verdict = verdictOf({ ...allow, Condition }, { context });

    expect(verdict).toBe(matches ? 'allow' : 'implicitDeny');
  });
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
describe('principals of a resource policy', () => {
  test.each<[string, unknown, Principal, Verdict]>([
    ['* is everyone', '*', role, 'allow'],
    ['AWS * is everyone', { AWS: '*' }, events, 'allow'],
    ['a role by its ARN', { AWS: ROLE }, role, 'allow'],
    ['not another role', { AWS: `${ROLE}-2` }, role, 'implicitDeny'],
    ['a service', { Service: ['lambda.amazonaws.com', 'events.amazonaws.com'] }, events, 'allow'],
    ['not another service', { Service: 'sqs.amazonaws.com' }, events, 'implicitDeny'],
    ['a role is no service', { Service: 'events.amazonaws.com' }, role, 'implicitDeny'],
    ['the account alone grants nothing by itself', { AWS: '123456789012' }, role, 'implicitDeny'],
    ['several kinds', { AWS: 'arn:aws:iam::123456789012:root', Service: 'events.amazonaws.com' }, events, 'allow'],
  ])('%s', (_name, Principal, principal, expected) => {
    const policy = parsePolicy({ Statement: { ...allow, Principal } }, 'resource');

    const verdict = evaluate([policy], { action: 'dynamodb:PutItem', resource: TABLE, principal, context: new Map() });

    expect(verdict).toBe(expected);
  });

  test('a deny that names the account denies its roles', () => {
    const Principal = { AWS: 'arn:aws:iam::123456789012:root' };
    const policy = parsePolicy({ Statement: { ...allow, Effect: 'Deny', Principal } }, 'resource');

    const verdict = evaluate([policy], { action: 'dynamodb:PutItem', resource: TABLE, principal: role, context: new Map() });

    expect(verdict).toBe('explicitDeny');
  });
});

describe('what is refused when a policy is read', () => {
  test.each<[string, unknown, string]>([
    ['an unknown operator', { ...allow, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }, 'operator IpAddress'],
    ['Null with IfExists', { ...allow, Condition: { NullIfExists: { k: 'true' } } }, 'operator NullIfExists'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an IAM policy variable
    ['a policy variable', { ...allow, Resource: 'arn:aws:s3:::b/${aws:username}' }, '${aws:username} is not supported'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an IAM policy variable
    ['one in a condition', { ...allow, Condition: { StringEquals: { k: '${aws:x}' } } }, '${aws:x} is not supported'],
    ['an unknown element', { ...allow, NotPrincipal: '*' }, 'NotPrincipal is not supported'],
    ['no effect', { Action: '*', Resource: '*' }, 'Effect'],
    ['no action', { Effect: 'Allow', Resource: '*' }, 'Action or NotAction'],
    ['both kinds of action', { ...allow, NotAction: '*' }, 'Action or NotAction'],
    ['no resource', { Effect: 'Allow', Action: '*' }, 'Resource or NotResource'],
    ['a resource that is no ARN', { ...allow, Resource: 'orders' }, '"orders" is not a valid Resource'],
    ['an action without a service', { ...allow, Action: 'PutItem' }, '"PutItem" is not a valid Action'],
    ['a principal in a policy of a role', { ...allow, Principal: '*' }, 'has no Principal'],
    ['no statement', undefined, 'no Statement'],
  ])('%s', (_name, Statement, message) => {
    expect(() => parsePolicy({ Statement }, 'identity')).toThrow(message);
  });

  test('a federated principal', () => {
    const Statement = { ...allow, Principal: { Federated: 'accounts.google.com' } };

    expect(() => parsePolicy({ Statement }, 'resource')).toThrow('Federated principals are not supported');
  });
});

describe('for any policies and requests', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', ':', '/', 'É'), maxLength: 8 });
  const values = fc.array(word, { maxLength: 3 });
  const operator = fc.constantFrom(
    'StringEquals',
    'StringNotLike',
    'StringLikeIfExists',
    'ForAllValues:StringNotEquals',
    'ForAnyValue:ArnLike',
    'NumericLessThan',
    'DateGreaterThan',
    'Bool',
    'Null',
  );
  const statement = fc.record({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: fc.array(
      word.map((name) => `s:A${name}`),
      { minLength: 1, maxLength: 3 },
    ),
    Resource: fc.oneof(
      fc.constant('*'),
      word.map((name) => `arn:${name}x`),
    ),
    Condition: fc.dictionary(operator, fc.dictionary(fc.constantFrom('k', 'l'), values), { maxKeys: 2 }),
  });
  const request = fc.record({
    action: fc.string().map((name) => `s:a${name}`),
    resource: fc.oneof(fc.string(), word),
    principal: fc.constantFrom(role, events),
    context: fc.dictionary(fc.constantFrom('k', 'l'), fc.array(fc.string())).map((keys) => new Map(Object.entries(keys))),
  });

  test('evaluation never throws', () => {
    fc.assert(
      fc.property(fc.array(statement), request, (Statement, access) => {
        const verdict = evaluate([parsePolicy({ Statement }, 'identity')], access);

        expect(['explicitDeny', 'allow', 'implicitDeny']).toContain(verdict);
      }),
    );
  });

  test('an explicit deny always wins, wherever it stands', () => {
    const denyAll = { Effect: 'Deny', Action: '*', Resource: '*' };
    fc.assert(
      fc.property(fc.array(statement), fc.array(statement), request, (before, after, access) => {
        const policy = parsePolicy({ Statement: [...before, denyAll, ...after] }, 'identity');

        expect(evaluate([policy], access)).toBe('explicitDeny');
      }),
    );
  });

  test('statements that only allow never deny explicitly, and their order does not matter', () => {
    fc.assert(
      fc.property(fc.array(statement), request, (statements, access) => {
        const forwards = evaluate([parsePolicy({ Statement: statements }, 'identity')], access);
        const backwards = evaluate([parsePolicy({ Statement: statements.toReversed() }, 'identity')], access);

        expect(backwards).toBe(forwards);
        if (statements.every(({ Effect }) => Effect === 'Allow')) expect(forwards).not.toBe('explicitDeny');
      }),
    );
  });
});

import { type Condition, parseCondition, type RequestContext, withoutVariables } from './condition.ts';
import { matchesPattern } from './pattern.ts';
import { type Principal, type PrincipalMatcher, parsePrincipal } from './principal.ts';

/** `identity`: attached to a role; `resource`: to a resource; `trust`: says who may assume a role (its resource is the role). */
type PolicyKind = 'identity' | 'resource' | 'trust';

type Matcher = (text: string) => boolean;

interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly action: Matcher;
  readonly resource: Matcher;
  readonly principal: PrincipalMatcher;
  readonly condition: Condition;
}

/** A policy document, compiled. */
export interface Policy {
  readonly statements: readonly Statement[];
}

export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly principal: Principal;
  readonly context: RequestContext;
}

export type Verdict = 'explicitDeny' | 'allow' | 'implicitDeny';

const ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Principal', 'Condition'];

/**
 * Compiles a policy document. Throws an `Error` on what is malformed or not supported, so that no statement is half understood.
 * The grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function parsePolicy(document: unknown, kind: PolicyKind): Policy {
  const { Version, Statement } = mapOf(document, 'The policy document');
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') {
    throw new Error(`The policy version ${String(Version)} is not supported.`);
  }
  if (Statement === undefined) throw new Error('The policy document has no Statement.');
  return { statements: [Statement].flat().map((statement) => parseStatement(statement, kind)) };
}

/**
 * What the policies say together: an explicit deny wins, then an allow, else it is denied implicitly.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export function evaluate(policies: Iterable<Policy>, request: AccessRequest): Verdict {
  let verdict: Verdict = 'implicitDeny';
  for (const { statements } of policies) {
    for (const { effect, action, resource, principal, condition } of statements) {
      const match = principal(request.principal);
      if (!match || !action(request.action) || !resource(request.resource) || !condition(request.context)) continue;
      if (effect === 'Deny') return 'explicitDeny';
      // Naming the account only lets its administrators grant access; it does not grant it.
      if (match === 'direct') verdict = 'allow';
    }
  }
  return verdict;
}

function parseStatement(source: unknown, kind: PolicyKind): Statement {
  const statement = mapOf(source, 'A policy statement');
  const unknown = Object.keys(statement).find((element) => !ELEMENTS.includes(element));
  if (unknown !== undefined) throw new Error(`The policy element ${unknown} is not supported.`);
  const effect = statement.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') throw new Error('A policy statement has the Effect Allow or Deny.');
  if ((statement.Principal !== undefined) === (kind === 'identity')) {
    throw new Error(kind === 'identity' ? 'A policy of a role has no Principal.' : 'A policy statement names no Principal.');
  }
  return {
    effect,
    action: parseMatcher(statement, 'Action', /^(\*|[\w-]+:\S+)$/, (text) => text.toLowerCase()),
    resource: kind === 'trust' ? () => true : parseMatcher(statement, 'Resource', /^(\*|arn:.+)$/s, (text) => text),
    principal: kind === 'identity' ? () => 'direct' : parsePrincipal(statement.Principal),
    condition: parseCondition(statement.Condition),
  };
}

/** Compiles `element` or `Not<element>`, of which a statement has exactly one. */
function parseMatcher(
  statement: Readonly<Record<string, unknown>>,
  element: 'Action' | 'Resource',
  form: RegExp,
  normalize: (text: string) => string,
): Matcher {
  const [positive, negative] = [statement[element], statement[`Not${element}`]];
  if ((positive === undefined) === (negative === undefined)) throw new Error(`A policy statement has ${element} or Not${element}.`);
  const patterns = [positive ?? negative].flat().map((pattern: unknown) => {
    if (typeof pattern === 'string' && form.test(pattern)) return normalize(withoutVariables(pattern));
    throw new Error(`${JSON.stringify(pattern)} is not a valid ${element}.`);
  });
  return (text) => patterns.some((pattern) => matchesPattern(pattern, normalize(text))) === (positive !== undefined);
}

function mapOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw new Error(`${name} must be a map.`);
}

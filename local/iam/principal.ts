import { LOCAL_ACCOUNT, LOCAL_PARTITION } from '../template/provisioner.ts';

/** Who makes a request, as policies see it. */
export type Principal =
  | { readonly kind: 'role'; readonly arn: string }
  /** `name` as in `events.amazonaws.com`. */
  | { readonly kind: 'service'; readonly name: string };

/** `direct`: the principal is named; `account`: only its account is. */
type PrincipalMatch = 'direct' | 'account' | undefined;

export type PrincipalMatcher = (principal: Principal) => PrincipalMatch;

/**
 * Compiles a statement's `Principal`. Throws an `Error` on kinds that are not supported.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function parsePrincipal(element: unknown): PrincipalMatcher {
  if (element === '*') return () => 'direct';
  if (typeof element !== 'object' || element === null || Array.isArray(element)) throw new Error('Principal must be * or a map.');
  const matchers = Object.entries(element).flatMap(([kind, names]) =>
    [names].flat().map((name: unknown): PrincipalMatcher => {
      if (typeof name !== 'string') throw new Error('A Principal must be text.');
      if (kind === 'AWS') return awsPrincipal(name);
      if (kind === 'Service')
        return (principal) => (principal.kind === 'service' && principal.name === name ? 'direct' : undefined);
      throw new Error(`${kind} principals are not supported.`);
    }),
  );
  return (principal) => {
    const matches = matchers.map((matcher) => matcher(principal));
    return matches.includes('direct') ? 'direct' : matches.find((match) => match !== undefined);
  };
}

function awsPrincipal(name: string): PrincipalMatcher {
  if (name === '*') return () => 'direct';
  const isAccount = name === LOCAL_ACCOUNT || name === `arn:${LOCAL_PARTITION}:iam::${LOCAL_ACCOUNT}:root`;
  return (principal) => {
    if (principal.kind !== 'role') return undefined;
    if (principal.arn === name) return 'direct';
    return isAccount ? 'account' : undefined;
  };
}

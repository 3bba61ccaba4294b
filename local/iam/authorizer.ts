import { type Authorize, AwsError, type Caller, type RequiredPermission } from '../aws/service.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, localArn, type Provisioners, type Removers } from '../template/provisioner.ts';
import { type AccessKey, createAccessKeys } from './access-keys.ts';
import type { RequestContext } from './condition.ts';
import { evaluate, type Policy } from './policy.ts';
import type { Principal } from './principal.ts';
import { createResourcePolicies } from './resource-policies.ts';
import { createRoles } from './roles.ts';

export interface Iam {
  readonly authorize: Authorize;
  readonly provisioners: Provisioners;
  readonly removers: Removers;
  /** Throws an `Error` for a role that the templates do not have. */
  accessKeyFor(roleArn: string): AccessKey;
  readonly operatorKey: AccessKey;
  callerOf(accessKeyId: string): Caller | undefined;
  /** Throws an `Error` unless the role's trust policy lets the service (`lambda.amazonaws.com`) assume it, for `sourceArn` if given. */
  assertTrusts(roleArn: string, servicePrincipal: string, sourceArn?: string): void;
}

/**
 * IAM as the templates write it. Within one account a role may do what its policies or the resource's policy allow; a service
 * acting on its own behalf only what the resource's policy allows; an explicit deny in either wins.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
 */
export function createIam(): Iam {
  const roles = createRoles();
  const resourcePolicies = createResourcePolicies();
  const keys = createAccessKeys();

  const roleOf = (arn: string) => {
    const role = roles.find(arn);
    if (!role) throw new Error(`The role ${arn} is not in the templates.`);
    return role;
  };

  const authorize: Authorize = (caller, permission) => {
    if (caller.kind === 'operator') return;
    const { action, resource } = permission;
    const request = { action, resource, principal: principalOf(caller), context: contextOf(caller, permission) };
    const ofResource = resourcePolicies.of(resource);
    const identityPolicies: Iterable<Policy> = caller.kind === 'role' ? (roles.find(caller.arn)?.policies ?? []) : [];
    const byIdentity = evaluate(identityPolicies, request);
    const byResource = evaluate(ofResource, request);

    if (byIdentity === 'explicitDeny') throw denied(caller, permission, 'with an explicit deny in an identity-based policy');
    if (byResource === 'explicitDeny') throw denied(caller, permission, 'with an explicit deny in a resource-based policy');
    if (byIdentity === 'allow' || byResource === 'allow') return;
    const missing = caller.kind === 'role' ? 'identity' : 'resource';
    throw denied(caller, permission, `because no ${missing}-based policy allows the ${action} action`);
  };

  return {
    authorize,
    provisioners: { ...roles.provisioners, ...resourcePolicies.provisioners },
    removers: { ...roles.removers, ...resourcePolicies.removers },
    accessKeyFor: (roleArn) => keys.ofRole(roleOf(roleArn).arn),
    operatorKey: keys.operatorKey,
    callerOf: keys.callerOf,
    assertTrusts(roleArn, servicePrincipal, sourceArn) {
      const { trust } = roleOf(roleArn);
      const caller: Caller = { kind: 'service', principal: servicePrincipal, ...(sourceArn !== undefined && { sourceArn }) };
      const permission = { action: 'sts:AssumeRole', resource: roleArn };
      const request = { ...permission, principal: principalOf(caller), context: contextOf(caller, permission) };
      if (evaluate([trust], request) === 'allow') return;
      throw new Error(
        `The role ${roleArn} cannot be assumed by ${servicePrincipal}: its AssumeRolePolicyDocument does not allow it.`,
      );
    },
  };
}

type Authorized = Exclude<Caller, { kind: 'operator' }>;

const principalOf = (caller: Authorized): Principal =>
  caller.kind === 'role' ? { kind: 'role', arn: caller.arn } : { kind: 'service', name: caller.principal };

/** Global keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
function contextOf(caller: Authorized, permission: RequiredPermission): RequestContext {
  const keys: Record<string, string | readonly string[]> = {
    ...permission.context,
    'aws:RequestedRegion': LOCAL_REGION,
    'aws:ResourceAccount': LOCAL_ACCOUNT,
    // Loopback stands in for AWS's endpoints, which are called over TLS.
    'aws:SecureTransport': 'true',
    'aws:PrincipalIsAWSService': String(caller.kind === 'service'),
    ...(caller.kind === 'role'
      ? { 'aws:PrincipalAccount': LOCAL_ACCOUNT, 'aws:PrincipalArn': caller.arn, 'aws:PrincipalType': 'AssumedRole' }
      : { 'aws:PrincipalServiceName': caller.principal, 'aws:SourceAccount': LOCAL_ACCOUNT }),
    ...(caller.kind === 'service' && caller.sourceArn !== undefined && { 'aws:SourceArn': caller.sourceArn }),
  };
  return new Map(Object.entries(keys).map(([key, value]) => [key.toLowerCase(), [value].flat()]));
}

/** The wording: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function denied(caller: Authorized, { action, resource }: RequiredPermission, reason: string): AwsError {
  const user =
    caller.kind === 'role'
      ? localArn('sts', `assumed-role/${caller.arn.split('/').at(-1)}/local`, { regional: false })
      : caller.principal;
  const message = `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
  return new AwsError('AccessDeniedException', message, 400);
}

import type { Json } from '../aws/service.ts';
import {
  LOCAL_PARTITION,
  localArn,
  type ProvisionedResource,
  type Provisioners,
  physicalName,
  type Removers,
  type TemplateResource,
} from '../template/provisioner.ts';
import { type Policy, parsePolicy } from './policy.ts';

interface Role {
  readonly name: string;
  readonly arn: string;
  readonly trust: Policy;
  readonly policies: Iterable<Policy>;
}

export interface Roles {
  readonly provisioners: Provisioners;
  readonly removers: Removers;
  find(arn: string): Role | undefined;
}

interface OwnRole extends Role {
  /** Stack and logical id. */
  readonly place: string;
  /** What other resources attached, by name for inline policies and by ARN for managed ones; under a name of the role's own, instead of it. */
  readonly attached: Map<string, Policy>;
}

const everywhere = (...actions: string[]): Policy =>
  parsePolicy({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: actions, Resource: '*' } }, 'identity');

/** https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html */
const AWS_MANAGED = new Map<string, Policy>([
  [
    `arn:${LOCAL_PARTITION}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`,
    everywhere('logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'),
  ],
  [
    `arn:${LOCAL_PARTITION}:iam::aws:policy/AWSXRayDaemonWriteAccess`,
    everywhere(
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:GetSamplingStatisticSummaries',
    ),
  ],
]);

/** The roles of the templates, with the policies attached to them. */
export function createRoles(): Roles {
  const byName = new Map<string, OwnRole>();
  const managedPolicies = new Map(AWS_MANAGED);

  const managedPolicy = (arn: unknown): [string, Policy] => {
    const policy = managedPolicies.get(String(arn));
    if (!policy) throw new Error(`The managed policy ${String(arn)} is not supported.`);
    return [String(arn), policy];
  };

  const attachedRoles = (properties: Json): OwnRole[] => {
    const other = ['Users', 'Groups'].find((property) => listOf(properties[property]).length > 0);
    if (other !== undefined) throw new Error(`${other} are not supported; only roles are.`);
    return listOf(properties.Roles).map((name) => {
      const role = byName.get(String(name));
      if (!role) throw new Error(`It is attached to the role ${String(name)}, which the templates do not have.`);
      return role;
    });
  };

  const detach = ({ ref, properties }: TemplateResource & ProvisionedResource) => {
    for (const name of listOf(properties.Roles)) byName.get(String(name))?.attached.delete(ref);
  };

  return {
    find: (arn) => byName.values().find((role) => role.arn === arn),
    provisioners: {
      'AWS::IAM::Role': (resource) => {
        const { properties } = resource;
        if (properties.PermissionsBoundary !== undefined) throw new Error('A PermissionsBoundary is not supported.');
        const name = nameOf(resource, 'RoleName', 64);
        const place = `${resource.stackName}/${resource.logicalId}`;
        const before = byName.get(name);
        if (before && before.place !== place) throw new Error(`Another role is named ${name} already.`);
        const arn = localArn('iam', `role${pathOf(properties)}${name}`, { regional: false });
        const inline = new Map(
          listOf(properties.Policies).map((item) => {
            const { PolicyName, PolicyDocument } = item as Json;
            return [String(PolicyName), parsePolicy(PolicyDocument, 'identity')];
          }),
        );
        const managed = new Map(listOf(properties.ManagedPolicyArns).map(managedPolicy));
        const trust = parsePolicy(properties.AssumeRolePolicyDocument, 'trust');
        // A role that changes keeps what is attached to it: those resources may not have changed.
        const attached = before?.attached ?? new Map<string, Policy>();
        const policies = { [Symbol.iterator]: () => new Map([...inline, ...managed, ...attached]).values() };
        byName.set(name, { name, arn, place, trust, attached, policies });
        return { ref: name, attributes: { Arn: arn, RoleId: `AROA${resource.logicalId}` } };
      },

      'AWS::IAM::Policy': (resource) => {
        const name = nameOf(resource, 'PolicyName', 128);
        const policy = parsePolicy(resource.properties.PolicyDocument, 'identity');
        for (const role of attachedRoles(resource.properties)) role.attached.set(name, policy);
        return { ref: name, attributes: { Id: name } };
      },

      'AWS::IAM::ManagedPolicy': (resource) => {
        const { properties } = resource;
        const name = nameOf(resource, 'ManagedPolicyName', 128);
        const arn = localArn('iam', `policy${pathOf(properties)}${name}`, { regional: false });
        const policy = parsePolicy(properties.PolicyDocument, 'identity');
        managedPolicies.set(arn, policy);
        for (const role of attachedRoles(properties)) role.attached.set(arn, policy);
        return { ref: arn, attributes: { PolicyArn: arn } };
      },
    },
    removers: { 'AWS::IAM::Policy': detach, 'AWS::IAM::ManagedPolicy': detach },
  };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const pathOf = (properties: Json): string => (typeof properties.Path === 'string' ? properties.Path : '/');

function nameOf(resource: TemplateResource, property: string, maximum: number): string {
  const name = resource.properties[property];
  return typeof name === 'string' ? name : physicalName(resource, maximum);
}

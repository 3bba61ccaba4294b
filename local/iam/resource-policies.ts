import type { Json } from '../aws/service.ts';
import {
  LOCAL_ACCOUNT,
  localArn,
  type Provisioners,
  physicalName,
  type Removers,
  type TemplateResource,
} from '../template/provisioner.ts';
import { type Policy, parsePolicy } from './policy.ts';

export interface ResourcePolicies {
  readonly provisioners: Provisioners;
  readonly removers: Removers;
  /** The policies attached to the resource of that ARN. */
  of(resourceArn: string): Iterable<Policy>;
}

/** Policies attached to queues, functions and event buses. */
export function createResourcePolicies(): ResourcePolicies {
  const byArn = new Map<string, Map<string, Policy>>();
  const attach = (arn: string, id: string, policy: Policy) => {
    const policies = byArn.get(arn) ?? new Map<string, Policy>();
    byArn.set(arn, policies.set(id, policy));
  };

  const detach = (id: string) => {
    for (const policies of byArn.values()) policies.delete(id);
  };

  return {
    of: (resourceArn) => byArn.get(resourceArn)?.values() ?? [],
    provisioners: {
      'AWS::SQS::QueuePolicy': (resource) => {
        const id = physicalName(resource, 255);
        const policy = parsePolicy(resource.properties.PolicyDocument, 'resource');
        for (const url of [resource.properties.Queues].flat()) {
          const arn = queueArnOf(String(url));
          const [other] = byArn.get(arn)?.keys() ?? [];
          // A queue has one policy: on AWS the later of two would silently replace the earlier.
          if (other !== undefined && other !== id) throw new Error(`The queue ${arn} has another policy already (${other}).`);
          attach(arn, id, policy);
        }
        return { ref: id, attributes: { Id: id } };
      },

      'AWS::Lambda::Permission': (resource) => {
        const id = physicalName(resource, 100);
        const arn = functionArnOf(String(resource.properties.FunctionName));
        attach(arn, id, parsePolicy({ Statement: permissionStatement(resource, arn) }, 'resource'));
        return { ref: id, attributes: { Id: id } };
      },

      'AWS::Events::EventBusPolicy': (resource) => {
        const { EventBusName = 'default', StatementId, Statement, Action, Principal, Condition } = resource.properties;
        const arn = localArn('events', `event-bus/${String(EventBusName)}`);
        if (Condition !== undefined) throw new Error('Condition of an event bus policy is not supported; put it into Statement.');
        const short = { Effect: 'Allow', Action, Resource: arn, Principal: Principal === '*' ? '*' : { AWS: Principal } };
        attach(arn, String(StatementId), parsePolicy({ Statement: Statement ?? short }, 'resource'));
        return { ref: physicalName(resource, 255), attributes: {} };
      },
    },
    removers: {
      'AWS::SQS::QueuePolicy': ({ ref }) => detach(ref),
      'AWS::Lambda::Permission': ({ ref }) => detach(ref),
      'AWS::Events::EventBusPolicy': ({ properties }) => detach(String(properties.StatementId)),
    },
  };
}

/**
 * A permission's statement, as Lambda writes it into the function's policy. It is valid for exactly the ARN it was given for,
 * with or without a qualifier. https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
 */
function permissionStatement({ properties }: TemplateResource, functionArn: string): Json {
  const { FunctionName, Action, Principal, SourceArn, SourceAccount, ...others } = properties;
  const [unsupported] = Object.keys(others);
  if (unsupported !== undefined) throw new Error(`${unsupported} is not supported.`);
  const isService = typeof Principal === 'string' && /\.amazonaws\.com$/.test(Principal);
  return {
    Effect: 'Allow',
    Action,
    Resource: functionArn,
    Principal: isService ? { Service: Principal } : { AWS: Principal },
    Condition: {
      ...(SourceArn !== undefined && { ArnLike: { 'aws:SourceArn': SourceArn } }),
      ...(SourceAccount !== undefined && { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
    },
  };
}

/** From a name, a partial ARN (`123456789012:function:name`) or an ARN, each with or without a version or alias. */
function functionArnOf(name: string): string {
  if (name.startsWith('arn:')) return name;
  const own = `${LOCAL_ACCOUNT}:function:`;
  return localArn('lambda', `function:${name.startsWith(own) ? name.slice(own.length) : name}`);
}

/** From `https://host/account/name`. */
function queueArnOf(url: string): string {
  const name = URL.canParse(url) ? new URL(url).pathname.split('/').at(-1) : undefined;
  if (!name) throw new Error(`${url} is not the URL of a queue.`);
  return localArn('sqs', name);
}

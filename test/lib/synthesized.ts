import { Template } from 'aws-cdk-lib/assertions';
import { App, type CfnResource, type Stack } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { addMillrace } from '../../lib/millrace.ts';

// What CloudFormation would refuse is found by every synthesis of bin/app.ts; here it would only take time.
process.env.CDK_VALIDATION = 'false';

export type Json = Record<string, unknown>;

export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Json;
  readonly deletionPolicy: unknown;
}

/** One copy of the app, synthesized without bundling its functions: what they hold does not matter to the stacks. */
export function synthesize(context: { stage?: 'dev' | 'prod'; instance?: string; workflows?: string } = {}) {
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
  const stacks = addMillrace(app);
  return { app, stacks, resources: Object.values(stacks).flatMap((stack) => resourcesOf(stack)) };
}

export function resourcesOf(stack: Stack): Resource[] {
  const { Resources = {} } = Template.fromStack(stack).toJSON();
  return Object.entries<Json>(Resources).map(([id, resource]) => ({
    id,
    type: String(resource.Type),
    properties: (resource.Properties ?? {}) as Json,
    deletionPolicy: resource.DeletionPolicy,
  }));
}

export const ofType = (resources: readonly Resource[], type: string): Resource[] => resources.filter((each) => each.type === type);

/** The logical id of the resource that the construct at `path` stands for. */
export function logicalIdAt(stack: Stack, path: string): string {
  const construct = path.split('/').reduce((scope: IConstruct, id) => scope.node.findChild(id), stack);
  return stack.getLogicalId((construct.node.defaultChild ?? construct) as CfnResource);
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource?: unknown;
}

/** The statements of every policy in the resources, identity and resource policies alike. */
export function statementsOf(resources: readonly Resource[]): { id: string; statement: Statement }[] {
  return resources.flatMap(({ id, properties }) =>
    ['PolicyDocument', 'KeyPolicy', 'AssumeRolePolicyDocument'].flatMap((name) => {
      const document = properties[name] as { Statement: Statement[] } | undefined;
      return (document?.Statement ?? []).map((statement) => ({ id, statement }));
    }),
  );
}

export const actionsOf = ({ Action }: Statement): string[] => [Action].flat();

/** `value` as one text, with `<id>` for references to `id` and `<id.Attribute>` for attributes. */
export function flat(value: unknown): string {
  if (Array.isArray(value)) return value.map(flat).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const [[key, inner] = ['', undefined]] = Object.entries(value);
  if (key === 'Ref') return `<${inner}>`;
  if (key === 'Fn::GetAtt') return `<${[inner].flat().join('.')}>`;
  if (key === 'Fn::Join') return [(inner as [string, unknown[]])[1]].flat().map(flat).join('');
  if (key === 'Fn::ImportValue') return `<${flat(inner)}>`;
  return JSON.stringify(value);
}

import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Stack, Validations } from 'aws-cdk-lib/core';

/** A permission together with the environment variables by which a function finds what it may use: one is never given without the other. */
export interface Access<Name extends string = never> {
  readonly variables: Readonly<Record<Name, string>>;
  grantTo(fn: LambdaFunction): void;
}

export function grant(fn: LambdaFunction, actions: readonly string[], ...resources: readonly string[]): void {
  fn.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
}

/** Like `grant`, for all resources of a kind within one of ours, an ARN that ends in `*`; `reason` says why no fewer. */
export function grantEach(fn: LambdaFunction, actions: readonly string[], resources: string, reason: string): void {
  grant(fn, actions, resources);
  Validations.of(fn.role ?? fn).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${flatArn(Stack.of(fn).resolve(resources))}]`,
    reason,
  });
}

/** An ARN as cdk-nag writes it in the id of a finding: `<LogicalId>` for what is known at deployment. */
function flatArn(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  if (Array.isArray(resolved)) return resolved.map(flatArn).join('');
  const [[name, value] = ['', undefined]] = Object.entries(Object(resolved));
  if (name === 'Fn::Join' && Array.isArray(value)) return flatArn(value[1]);
  return `<${[value].flat().join('.')}>`;
}

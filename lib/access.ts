import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

/** A permission together with the environment variables by which a function finds what it may use: one is never given without the other. */
export interface Access<Name extends string = never> {
  readonly variables: Readonly<Record<Name, string>>;
  grantTo(fn: LambdaFunction): void;
}

export function grant(fn: LambdaFunction, actions: readonly string[], ...resources: readonly string[]): void {
  fn.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
}

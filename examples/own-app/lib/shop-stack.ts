import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { type PlatformStack, Workflow } from 'millrace';

/** The team's own stack. It has what it always had, and beside it the workflow that belongs to it. */
export class ShopStack extends Stack {
  constructor(scope: Construct, id: string, { platform, ...props }: StackProps & { readonly platform: PlatformStack }) {
    super(scope, id, props);
    new Queue(this, 'Orders', { enforceSSL: true });
    new Workflow(this, 'ReserveStock', { platform, folder: 'shop/reserve-stock' });
  }
}

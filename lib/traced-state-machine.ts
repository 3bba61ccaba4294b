import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { LogLevel, StateMachine, type StateMachineProps } from 'aws-cdk-lib/aws-stepfunctions';
import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { FunctionDefaults } from './handler-function.ts';

type Props = Omit<StateMachineProps, 'logs' | 'tracingEnabled' | 'role'> & { defaults: FunctionDefaults };

/** A state machine with our defaults: traced, and its errors logged, without the data, in an encrypted log group of its own. */
export class TracedStateMachine extends StateMachine {
  constructor(scope: Construct, id: string, { defaults, ...props }: Props) {
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      // Under this prefix log groups don't fill up the one resource policy that all of an account's deliveries share
      // (https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html). The stack's name keeps copies apart.
      logGroupName: `/aws/vendedlogs/states/${props.stateMachineName ?? `${Stack.of(scope).stackName}-${id}`}`,
      encryptionKey: defaults.logKey,
      retention: defaults.config.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      ...props,
      tracingEnabled: true,
      logs: { destination: logGroup, level: LogLevel.ERROR, includeExecutionData: false },
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SF1',
      reason:
        'Logging every event costs more than the executions do and would put payloads into logs; errors are logged, without data.',
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'CloudWatch Logs deliveries and X-Ray take no narrower resource: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html and https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html',
    });
  }
}

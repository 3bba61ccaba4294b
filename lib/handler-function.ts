import { join } from 'node:path';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Environment } from '../core/environment.ts';
import type { Access } from './access.ts';
import { bundledCode } from './bundle.ts';
import type { StageConfig } from './config.ts';

const LAMBDAS = join(import.meta.dirname, '..', 'lambdas');

/** What all functions share. */
export interface FunctionDefaults {
  readonly config: StageConfig;
  readonly logKey: IKey;
}

interface FunctionOptions {
  readonly defaults: FunctionDefaults;
  readonly description: string;
  /** In MB; a function's CPU grows with it (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). */
  readonly memorySize?: number;
  readonly timeout?: Duration;
  /** For a function that is called asynchronously: what still fails after its retries goes to the queue. */
  readonly asynchronous?: { readonly deadLetterQueue: IQueue; readonly retryAttempts: 0 | 1 | 2; readonly maxEventAge: Duration };
}

/** A Lambda function with our defaults: arm64, Node.js 24, traced, JSON logs in an encrypted log group of its own, a role of its own. */
class NodeFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: FunctionOptions & { entry: string; environment: Record<string, string> }) {
    const { config, logKey } = props.defaults;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      encryptionKey: logKey,
      retention: config.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Not AWSLambdaBasicExecutionRole: that policy covers every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
    );
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'X-Ray has no resource to name for PutTraceSegments and PutTelemetryRecords: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html',
    });
    super(scope, id, {
      code: bundledCode(scope, props.entry),
      handler: 'handler.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      description: props.description,
      memorySize: props.memorySize ?? 512,
      // Within the HTTP API's 30 s, and longer than two AWS calls take to be given up: the answer is then a problem of ours.
      timeout: props.timeout ?? Duration.seconds(28),
      environment: props.environment,
      role,
      tracing: Tracing.ACTIVE,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel[config.logLevel],
      ...props.asynchronous,
      // Only a task has versions: they outlive its next deployment, for the runs that still call them. A deployment that was rolled back
      // leaves none: Lambda publishes no second version of the same code, so the same deployment could not be tried again
      // (https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html).
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    });
  }
}

/** The variables that come with a list of accesses. */
type NamesOf<List extends readonly Access<string>[]> = { [Index in keyof List]: keyof List[Index]['variables'] }[number];

/**
 * The function `lambdas/<name>/handler.ts`. Its environment is the one its `env.ts` declares: each variable comes with an access or by
 * itself; one that is missing, or that the function doesn't read, is a type error.
 */
export class HandlerFunction<Name extends string, const List extends readonly Access<string>[]> extends NodeFunction {
  constructor(
    scope: Construct,
    id: string,
    props: FunctionOptions & {
      name: string;
      environment: Environment<Name>;
      access: List & ([NamesOf<List>] extends [Name] ? unknown : never);
      variables: Readonly<Record<Exclude<Name, NamesOf<List>>, string>>;
    },
  ) {
    const environment = Object.assign({}, ...props.access.map((access) => access.variables), props.variables);
    super(scope, id, { ...props, entry: join(LAMBDAS, props.name, 'handler.ts'), environment });
    for (const access of props.access) access.grantTo(this);
  }
}

/** A task of a workflow, `workflows/<id>/tasks/<name>.ts`: it may do nothing but log. */
export class TaskFunction extends NodeFunction {
  constructor(scope: Construct, id: string, props: FunctionOptions & { entry: string }) {
    super(scope, id, { timeout: Duration.minutes(1), ...props, environment: {} });
  }
}

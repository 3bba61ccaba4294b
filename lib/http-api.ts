import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpRoute, HttpRouteKey, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { FunctionDefaults } from './handler-function.ts';

/** Tokens may travel in paths, queries and headers, so none of them is logged: a request is known by its route and its id.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
const ACCESS_LOG = {
  time: '$context.requestTime',
  requestId: '$context.requestId',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseLength: '$context.responseLength',
  responseLatency: '$context.responseLatency',
  integrationStatus: '$context.integrationStatus',
  integrationLatency: '$context.integrationLatency',
  integrationError: '$context.integrationErrorMessage',
  error: '$context.error.message',
};

/** The public door. It has no CORS configuration: the gateway would answer preflights itself, and some senders' handshakes are OPTIONS. */
export class PublicHttpApi extends Construct {
  /** The base URL that senders use, without a slash at its end. */
  readonly url: string;
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: { defaults: FunctionDefaults }) {
    super(scope, id);
    const { config, logKey } = props.defaults;
    this.api = new HttpApi(this, 'Api', { apiName: Stack.of(this).stackName, createDefaultStage: false });
    this.url = config.publicUrl ?? this.api.apiEndpoint;
    const accessLogs = new LogGroup(this, 'AccessLogs', {
      encryptionKey: logKey,
      retention: config.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: config.throttling,
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLogs),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason: 'Senders prove themselves by what each trigger asks for, over the raw bytes; an authorizer does not see the body.',
    });
  }

  /** Sends the paths to the function, every method: it knows what it allows, and says so. `$default` is what no other route takes. */
  route(handler: IFunction, ...paths: string[]): void {
    const integration = new HttpLambdaIntegration('Integration', handler);
    for (const path of paths) {
      new HttpRoute(this, `Route ${path.replaceAll('/', ' ')}`, {
        httpApi: this.api,
        routeKey: path === '$default' ? HttpRouteKey.DEFAULT : HttpRouteKey.with(path, HttpMethod.ANY),
        integration,
      });
    }
  }
}

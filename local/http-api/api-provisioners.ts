import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { Provisioners, TemplateResource } from '../template/provisioner.ts';
import { supportedProperties } from '../template/resource-properties.ts';
import { createDeployedApi, type DeployedApi, type Throttling } from './deployed-api.ts';

const anything = v.optional(v.unknown());

const ApiProperties = v.strictObject({
  Name: v.string(),
  Description: anything,
  Tags: anything,
  ProtocolType: v.literal('HTTP'),
  // There is no execute-api endpoint here; what is disabled in AWS is reached at the local URL.
  DisableExecuteApiEndpoint: anything,
});

/** Milliseconds; 30 seconds at most: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const LONGEST_TIMEOUT = 30_000;

const IntegrationProperties = v.strictObject({
  ApiId: v.string(),
  Description: anything,
  IntegrationType: v.literal('AWS_PROXY'),
  IntegrationMethod: anything,
  IntegrationUri: v.pipe(v.string(), v.startsWith('arn:aws:lambda:', 'only a function’s ARN is supported')),
  PayloadFormatVersion: v.literal('2.0'),
  TimeoutInMillis: v.optional(v.pipe(v.number(), v.minValue(50), v.maxValue(LONGEST_TIMEOUT)), LONGEST_TIMEOUT),
});

const RouteProperties = v.strictObject({
  ApiId: v.string(),
  RouteKey: v.string(),
  Target: v.pipe(v.string(), v.startsWith('integrations/')),
  AuthorizationType: v.optional(v.literal('NONE')),
  OperationName: anything,
});

const RouteSettings = v.pipe(
  v.strictObject({
    ThrottlingRateLimit: v.optional(v.number()),
    ThrottlingBurstLimit: v.optional(v.number()),
    DetailedMetricsEnabled: anything,
  }),
  v.transform(
    ({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst }): Throttling => ({
      ...(rate !== undefined && { rate }),
      ...(burst !== undefined && { burst }),
    }),
  ),
);

const StageProperties = v.strictObject({
  ApiId: v.string(),
  StageName: v.literal('$default'),
  AutoDeploy: v.literal(true),
  Description: anything,
  Tags: anything,
  DefaultRouteSettings: v.optional(RouteSettings, {}),
  RouteSettings: v.optional(v.record(v.string(), RouteSettings), {}),
  AccessLogSettings: v.optional(v.strictObject({ DestinationArn: anything, Format: v.string() })),
});

/** One HTTP API of payload format 2.0 with its `$default` stage, at `baseUrl`. What else a template asks for fails with a sentence. */
export function apiProvisioners(baseUrl: string): { readonly provisioners: Provisioners; api(): DeployedApi | undefined } {
  let deployed: DeployedApi | undefined;

  function apiOf(apiId: string): DeployedApi {
    if (deployed?.apiId !== apiId) throw new Error(`It belongs to the API ${apiId}, which is not deployed.`);
    return deployed;
  }

  const provisioners: Provisioners = {
    'AWS::ApiGatewayV2::Api': (resource) => {
      supportedProperties(ApiProperties, resource);
      const apiId = stableId(resource);
      if (deployed && deployed.apiId !== apiId) {
        throw new Error('The local runtime serves one HTTP API, and the templates have another one.');
      }
      // A later deployment of the same API builds it anew: what serves meanwhile is the one before.
      deployed = createDeployedApi(apiId);
      return { ref: deployed.apiId, attributes: { ApiId: deployed.apiId, ApiEndpoint: baseUrl } };
    },
    'AWS::ApiGatewayV2::Integration': (resource) => {
      const properties = supportedProperties(IntegrationProperties, resource);
      const id = stableId(resource);
      apiOf(properties.ApiId).integrations.set(id, {
        functionArn: properties.IntegrationUri,
        timeoutMs: properties.TimeoutInMillis,
      });
      return { ref: id, attributes: { IntegrationId: id } };
    },
    'AWS::ApiGatewayV2::Route': (resource) => {
      const { ApiId, RouteKey, Target } = supportedProperties(RouteProperties, resource);
      const api = apiOf(ApiId);
      const integration = api.integrations.get(Target.slice('integrations/'.length));
      if (!integration) throw new Error(`Its target ${Target} is not deployed.`);
      api.routes.add(RouteKey, integration);
      const id = stableId(resource);
      return { ref: id, attributes: { RouteId: id } };
    },
    'AWS::ApiGatewayV2::Stage': (resource) => {
      const properties = supportedProperties(StageProperties, resource);
      apiOf(properties.ApiId).stage = {
        name: properties.StageName,
        defaultThrottling: properties.DefaultRouteSettings,
        routeThrottling: properties.RouteSettings,
        logsAccess: properties.AccessLogSettings !== undefined,
      };
      return { ref: properties.StageName, attributes: {} };
    },
  };
  return { provisioners, api: () => deployed };
}

/** Ten characters, as API Gateway's own ids, and the same at every start. */
function stableId({ stackName, logicalId }: TemplateResource): string {
  const hash = createHash('sha256').update(`${stackName}/${logicalId}`).digest();
  return hash.readBigUInt64BE().toString(36).padStart(10, '0').slice(-10);
}

import { createRouteTable, type RouteMatch, type RouteTable } from './route-table.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

export interface Integration {
  /** The function, as the template names it. */
  readonly functionArn: string;
  readonly timeoutMs: number;
}

export interface Throttling {
  /** Requests a second. */
  readonly rate?: number;
  readonly burst?: number;
}

export interface Stage {
  readonly name: string;
  readonly defaultThrottling: Throttling;
  readonly routeThrottling: Readonly<Record<string, Throttling>>;
  readonly logsAccess: boolean;
}

/** The API that the templates declare, as far as they have been deployed. */
export interface DeployedApi {
  readonly apiId: string;
  readonly integrations: Map<string, Integration>;
  readonly routes: RouteTable<Integration>;
  stage: Stage | undefined;
}

export function createDeployedApi(apiId: string): DeployedApi {
  return { apiId, integrations: new Map(), routes: createRouteTable(), stage: undefined };
}

/**
 * Decides which requests a stage throttles: each route has a bucket of its own, with its settings over the stage's.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
 */
export function createThrottle(stage: Stage): (match: RouteMatch<Integration>) => boolean {
  const buckets = new Map<string, TokenBucket>();
  return ({ route }) => {
    const { rate, burst } = { ...stage.defaultThrottling, ...stage.routeThrottling[route.key] };
    if (rate === undefined && burst === undefined) return false;
    let bucket = buckets.get(route.key);
    if (!bucket) {
      bucket = createTokenBucket(rate ?? Number.POSITIVE_INFINITY, burst ?? Number.POSITIVE_INFINITY, () => performance.now());
      buckets.set(route.key, bucket);
    }
    return !bucket();
  };
}

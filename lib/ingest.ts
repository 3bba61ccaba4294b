import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { isRange } from '../core/net/addresses.ts';
import { ingestEnvironment } from '../lambdas/ingest/env.ts';
import type { Alarms } from './alarms.ts';
import type { Bus } from './bus.ts';
import { type FunctionDefaults, HandlerFunction } from './handler-function.ts';
import type { PublicHttpApi } from './http-api.ts';
import type { StateStack } from './state-stack.ts';

interface IngestProps {
  readonly defaults: FunctionDefaults;
  readonly state: StateStack;
  readonly bus: Bus;
  readonly http: PublicHttpApi;
  readonly alarms: Alarms;
}

/** Takes requests in: what it answers with 202 is on the bus. */
export class Ingest extends Construct {
  constructor(scope: Construct, id: string, props: IngestProps) {
    super(scope, id);
    const { defaults, state, bus, http, alarms } = props;
    const ingest = new HandlerFunction(this, 'Function', {
      defaults,
      name: 'ingest',
      description: 'Checks a webhook or a provider and puts its event on the bus.',
      memorySize: 1024,
      environment: ingestEnvironment,
      access: [
        state.items('GetItem', 'PutItem', 'UpdateItem'),
        bus.publishing(),
        state.payloadStore(),
        state.openingSecrets('subscription', 'trigger'),
      ],
      variables: { PUBLIC_URL: http.url, TRUSTED_PROXIES: rangesOf(defaults.config.trustedProxies).join(',') || 'none' },
    });
    http.route(
      ingest,
      '/webhook/{triggerId}',
      '/webhook/payload',
      '/hooks/{integration}/{subscriptionId}',
      '/events/{workspace}',
      '$default',
    );

    const period = Duration.minutes(1);
    const effect = 'Senders get errors instead of 202 and have to send again.';
    alarms.add('IngestErrors', { effect, runbook: 'ingest-fails', metric: ingest.metricErrors({ period }) });
    alarms.add('HttpServerErrors', { effect, runbook: 'ingest-fails', metric: http.api.metricServerError({ period }) });
  }
}

/** A mistyped range would never match, and every sender would have the proxy's address. */
function rangesOf(trustedProxies: readonly string[] = []): readonly string[] {
  const wrong = trustedProxies.find((range) => !isRange(range));
  if (wrong !== undefined) throw new Error(`trustedProxies: ${wrong} is no CIDR range such as 192.0.2.0/24 or 2001:db8::/32.`);
  return trustedProxies;
}

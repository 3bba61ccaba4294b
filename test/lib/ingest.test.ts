import { describe, expect, test } from '@jest/globals';
import { App } from 'aws-cdk-lib/core';
import type { StageConfig } from '../../lib/config.ts';
import { addMillrace } from '../../lib/millrace.ts';
import { logicalIdAt, resourcesOf } from './synthesized.ts';

function variablesOf(config: Partial<StageConfig> = {}) {
  const { platform } = addMillrace(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), { config });
  const resources = resourcesOf(platform);
  const id = logicalIdAt(platform, 'Ingest/Function');
  return Object(resources.find((resource) => resource.id === id)?.properties.Environment).Variables;
}

describe('trusted proxies', () => {
  test.each([
    ['none', undefined],
    ['none', []],
    ['192.0.2.0/24,2001:db8::/32', ['192.0.2.0/24', '2001:db8::/32']],
  ])('are told to ingest as %s', (expected, trustedProxies) => {
    expect(variablesOf(trustedProxies && { trustedProxies }).TRUSTED_PROXIES).toBe(expected);
  });

  test('that are no ranges are a mistake, told before anything is deployed', () => {
    expect(() => variablesOf({ trustedProxies: ['192.0.2.0/24', 'cloudfront'] })).toThrow(
      'trustedProxies: cloudfront is no CIDR range',
    );
  });
});

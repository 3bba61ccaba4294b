import { createAws } from '../../../local/aws/dispatcher.ts';
import { createEndpoint } from '../../../local/aws/endpoint.ts';
import { AwsError, type AwsService, type RequiredPermission } from '../../../local/aws/service.ts';
import { createLog } from '../../../local/log.ts';
import type { Meter } from '../../../local/meter.ts';
import type { TemplateResource } from '../../../local/template/provisioner.ts';

const roleArn = 'arn:aws:iam::123456789012:role/tester';

/** The configuration of an SDK client whose calls reach the services over HTTP as the role `roleArn`. */
export async function serveToSdk(options: {
  services: readonly AwsService[];
  meter: Meter;
  /** Refuses what it answers false to. */
  allows?: (permission: RequiredPermission) => boolean;
}) {
  const aws = createAws({
    authorize: (_caller, permission) => {
      if (!(options.allows?.(permission) ?? true)) {
        throw new AwsError('AccessDeniedException', `User is not authorized to perform: ${permission.action}`);
      }
    },
    meter: options.meter,
    log: createLog({ verbose: false, write: () => undefined }),
    services: options.services,
  });
  const endpoint = await createEndpoint({ call: aws.call, callerOf: () => ({ kind: 'role', arn: roleArn }) });
  return {
    call: aws.call,
    config: {
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'any' },
      maxAttempts: 1,
    },
    close: () => endpoint.close(),
  };
}

export const resource = (type: string, properties: TemplateResource['properties'], logicalId = 'Thing'): TemplateResource => ({
  stackName: 'stack',
  logicalId,
  type,
  properties,
  metadata: {},
  assemblyDir: '',
});

export const silentLog = createLog({ verbose: false, write: () => undefined });

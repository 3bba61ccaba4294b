import * as v from 'valibot';
import type { Provisioners } from '../template/provisioner.ts';
import { supportedProperties } from '../template/resource-properties.ts';
import { queueArn, readFunction } from './configuration.ts';
import { functionArn, functionReference } from './function-name.ts';
import type { FunctionRegistry } from './function-registry.ts';

const VersionProperties = v.strictObject({
  FunctionName: v.string(),
  Description: v.optional(v.unknown()),
  CodeSha256: v.optional(v.unknown()),
});

/** The limits are those of https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
const EventInvokeConfigProperties = v.strictObject({
  FunctionName: v.string(),
  Qualifier: v.string(),
  MaximumRetryAttempts: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(2))),
  MaximumEventAgeInSeconds: v.optional(v.pipe(v.number(), v.minValue(60), v.maxValue(21_600))),
  DestinationConfig: v.optional(v.strictObject({ OnFailure: v.optional(v.strictObject({ Destination: queueArn })) })),
});

/** Functions, published versions and their asynchronous configuration. Aliases have no provisioner: the stacks point to versions. */
export function functionProvisioners(
  registry: FunctionRegistry,
  assertTrusts: (roleArn: string, servicePrincipal: string) => void,
): Provisioners {
  return {
    'AWS::Lambda::Function': (resource) => {
      const { configuration, reservedConcurrency } = readFunction(resource);
      assertTrusts(configuration.role, 'lambda.amazonaws.com');
      registry.deploy(configuration, reservedConcurrency);
      return { ref: configuration.name, attributes: { Arn: configuration.arn } };
    },
    'AWS::Lambda::Version': (resource) => {
      const { FunctionName } = supportedProperties(VersionProperties, resource);
      const { name } = functionReference(FunctionName);
      const version = String(registry.publish(name));
      const arn = functionArn({ name, qualifier: version });
      return { ref: arn, attributes: { Version: version, FunctionArn: arn } };
    },
    'AWS::Lambda::EventInvokeConfig': (resource) => {
      const properties = supportedProperties(EventInvokeConfigProperties, resource);
      const { name } = functionReference(properties.FunctionName);
      const onFailureQueueArn = properties.DestinationConfig?.OnFailure?.Destination;
      registry.configureAsynchronous(name, properties.Qualifier, {
        ...(properties.MaximumRetryAttempts !== undefined && { maximumRetryAttempts: properties.MaximumRetryAttempts }),
        ...(properties.MaximumEventAgeInSeconds !== undefined && { maximumEventAgeSeconds: properties.MaximumEventAgeInSeconds }),
        ...(onFailureQueueArn !== undefined && { onFailureQueueArn }),
      });
      return { ref: `${resource.stackName}-${resource.logicalId}`, attributes: {} };
    },
  };
}

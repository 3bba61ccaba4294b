import type { Json } from '../aws/service.ts';
import { localArn, type Provisioners, physicalName, type TemplateResource } from './provisioner.ts';

/** Resources that change nothing on one machine. They get what `Ref` and `Fn::GetAtt` of the real ones give, and do nothing. */
export const inertProvisioners: Provisioners = {
  /** Tells AWS which constructs are in use. */
  'AWS::CDK::Metadata': (resource) => ({ ref: physicalName(resource, 255), attributes: {} }),

  /** Logs go to the terminal. */
  'AWS::Logs::LogGroup': (resource) => {
    const name = nameOf(resource, 'LogGroupName', 512);
    return { ref: name, attributes: { Arn: localArn('logs', `log-group:${name}:*`) } };
  },

  /** Lets services write to log groups, which do not exist here. */
  'AWS::Logs::ResourcePolicy': (resource) => ({ ref: nameOf(resource, 'PolicyName', 255), attributes: {} }),

  /** There are no metrics to watch; what goes wrong is in the terminal. */
  'AWS::CloudWatch::Alarm': (resource) => {
    const name = nameOf(resource, 'AlarmName', 255);
    return { ref: name, attributes: { Arn: localArn('cloudwatch', `alarm:${name}`) } };
  },

  /** The platform names its key by ARN. */
  'AWS::KMS::Alias': (resource) => ({ ref: nameOf(resource, 'AliasName', 256), attributes: {} }),

  /** What CDK writes there refuses plain HTTP or lets AWS deliver logs; anything else would matter and is refused. */
  'AWS::S3::BucketPolicy': bucketPolicy,
};

function bucketPolicy(resource: TemplateResource) {
  const document = resource.properties.PolicyDocument as { Statement?: Json | Json[] } | undefined;
  for (const statement of [document?.Statement ?? []].flat()) {
    const conditions = Object.values((statement.Condition ?? {}) as Record<string, Json>);
    const refusesPlainHttp = statement.Effect === 'Deny' && conditions.some((keys) => 'aws:SecureTransport' in keys);
    const principals = Object.keys((statement.Principal ?? {}) as Json);
    const isForServices = principals.length === 1 && principals[0] === 'Service';
    if (!refusesPlainHttp && !isForServices) {
      throw new Error('Only statements that refuse plain HTTP or are for AWS services are supported in a bucket policy.');
    }
  }
  return { ref: String(resource.properties.Bucket), attributes: {} };
}

function nameOf(resource: TemplateResource, property: string, maximum: number): string {
  const name = resource.properties[property];
  return typeof name === 'string' ? name : physicalName(resource, maximum);
}

import { describe, expect, test } from '@jest/globals';
import { inertProvisioners } from '../../../local/template/inert.ts';

const provision = (type: string, properties: Record<string, unknown> = {}) => {
  const provisioner = inertProvisioners[type];
  if (!provisioner) throw new Error(`no provisioner for ${type}`);
  return provisioner({ stackName: 'S', logicalId: 'L', type, properties, metadata: {}, assemblyDir: '.' });
};

// The return values in https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
describe('inert resources', () => {
  test.each([
    ['AWS::Logs::LogGroup', { LogGroupName: '/x' }, '/x', { Arn: 'arn:aws:logs:us-east-1:123456789012:log-group:/x:*' }],
    ['AWS::Logs::LogGroup', {}, 'S-L', { Arn: 'arn:aws:logs:us-east-1:123456789012:log-group:S-L:*' }],
    ['AWS::CloudWatch::Alarm', {}, 'S-L', { Arn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:S-L' }],
    ['AWS::KMS::Alias', { AliasName: 'alias/x' }, 'alias/x', {}],
    ['AWS::S3::BucketPolicy', { Bucket: 'b', PolicyDocument: { Statement: [] } }, 'b', {}],
  ])('%s gives what Ref and GetAtt give on AWS', async (type, properties, ref, attributes) => {
    const result = await provision(type, properties);

    expect(result.ref).toBe(ref);
    expect(result.attributes).toMatchObject(attributes);
  });

  test('a bucket policy that grants something to a role is refused, as nothing here would keep it', () => {
    const Statement = [{ Effect: 'Allow', Action: 's3:GetObject', Principal: { AWS: '*' }, Resource: '*' }];

    expect(() => provision('AWS::S3::BucketPolicy', { Bucket: 'b', PolicyDocument: { Statement } })).toThrow('bucket policy');
  });
});

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { App, CfnOutput, NestedStack, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { createIam } from '../../../local/iam/authorizer.ts';
import { createKms } from '../../../local/kms/kms.ts';
import { createLog } from '../../../local/log.ts';
import { createMeter } from '../../../local/meter.ts';
import { openAssembly } from '../../../local/template/assembly.ts';
import { deploy } from '../../../local/template/deploy.ts';
import { inertProvisioners } from '../../../local/template/inert.ts';

describe('what the CDK synthesizes', () => {
  test('references across stacks and into nested stacks, and grants, come to life', async () => {
    const outdir = join(mkdtempSync(join(tmpdir(), 'cdk-')), 'cdk.out');
    // The command line sets this one; by it a nested stack's template is found.
    const app = new App({ outdir, context: { 'aws:cdk:enable-asset-metadata': true } });
    const state = new Stack(app, 'State');
    const platform = new Stack(app, 'Platform');
    const logs = new LogGroup(state, 'Logs', { encryptionKey: new Key(state, 'Key') });
    const role = new Role(new NestedStack(platform, 'Inner'), 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logs.grantWrite(role);
    new CfnOutput(platform, 'RoleArn', { value: role.roleArn });
    app.synth();
    const iam = createIam();
    const kms = createKms({ db: new DatabaseSync(':memory:'), meter: createMeter() });

    const deployment = await deploy({
      assembly: openAssembly(outdir),
      provisioners: { ...inertProvisioners, ...iam.provisioners, ...kms.provisioners },
      customResources: { provision: () => ({ ref: '', attributes: {} }), removeMissing: async () => {}, close: async () => {} },
      log: createLog({ verbose: false, write: () => undefined }),
    });

    const arn = deployment.outputs.Platform?.RoleArn ?? '';
    const group = deployment.resources.find(({ type }) => type === 'AWS::Logs::LogGroup')?.attributes.Arn ?? '';
    expect(arn).toMatch(/^arn:aws:iam::123456789012:role\/.+/);
    expect(() => iam.authorize({ kind: 'role', arn }, { action: 'logs:PutLogEvents', resource: group })).not.toThrow();
    expect(() => iam.authorize({ kind: 'role', arn }, { action: 'logs:GetLogEvents', resource: group })).toThrow('not authorized');
    expect(() => iam.assertTrusts(arn, 'lambda.amazonaws.com')).not.toThrow();
  });
});

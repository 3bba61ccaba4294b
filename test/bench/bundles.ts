import { spawnSync } from 'node:child_process';
import { globSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';

const PROJECT = join(import.meta.dirname, '../..');

export interface Bundle {
  readonly name: string;
  /** The module to import. */
  readonly entry: string;
  readonly bytes: number;
}

export interface Bundles {
  /** The deployed one, as synthesized. */
  readonly ingest: Bundle;
  /** The same source as `NodejsFunction` bundles it when nothing is set: CommonJS, one file, the AWS SDK left to the runtime. */
  readonly defaults: Bundle;
  /** The same with the AWS SDK inside, so that both carry what they need. */
  readonly defaultsWithSdk: Bundle;
  readonly empty: Bundle;
}

export async function buildBundles(folder: string): Promise<Bundles> {
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, 'export const handler = async () => ({ statusCode: 200 });\n');
  const source = join(PROJECT, 'lambdas/ingest/handler.ts');
  const commonJs: BuildOptions = { entryPoints: [source], bundle: true, platform: 'node', target: 'node24', format: 'cjs' };
  const defaults = join(folder, 'defaults.cjs');
  buildSync({ ...commonJs, outfile: defaults, external: ['@aws-sdk/*', '@smithy/*'] });
  const withSdk = join(folder, 'defaults-with-sdk.cjs');
  buildSync({ ...commonJs, outfile: withSdk });
  return {
    ingest: synthesizedIngest(join(folder, 'cdk.out')),
    defaults: { name: "CDK's defaults", entry: defaults, bytes: statSync(defaults).size },
    defaultsWithSdk: { name: "CDK's defaults, SDK inside", entry: withSdk, bytes: statSync(withSdk).size },
    empty: { name: 'empty handler', entry: empty, bytes: statSync(empty).size },
  };
}

interface Template {
  readonly Resources: Record<string, { Type: string; Metadata?: Record<string, string>; Properties: { Handler?: string } }>;
}

function synthesizedIngest(outDir: string): Bundle {
  const { status } = spawnSync(process.execPath, ['bin/app.ts'], {
    cwd: PROJECT,
    env: { ...process.env, CDK_OUTDIR: outDir },
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The stacks could not be synthesized.');
  const [file] = globSync(join(outDir, '*platform.template.json'));
  const template: Template = JSON.parse(readFileSync(file ?? '', 'utf8'));
  const ingest = Object.entries(template.Resources).find(
    ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith('Ingest'),
  );
  const asset = join(outDir, ingest?.[1].Metadata?.['aws:asset:path'] ?? '');
  const bytes = readdirSync(asset).reduce((sum, name) => sum + statSync(join(asset, name)).size, 0);
  return { name: 'ingest, as deployed', entry: join(asset, 'handler.mjs'), bytes };
}

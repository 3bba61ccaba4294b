import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface StackFixture {
  readonly template: object;
  readonly dependencies?: readonly string[];
}

/** Writes a cloud assembly as `cdk synth` would; returns its folder, by default a new one. `files` are further files, such as nested templates. */
export function writeAssembly(
  stacks: Readonly<Record<string, StackFixture>>,
  files: Readonly<Record<string, object>> = {},
  assemblyDir = mkdtempSync(join(tmpdir(), 'assembly-')),
): string {
  const write = (file: string, content: object) => writeFileSync(join(assemblyDir, file), JSON.stringify(content));
  const artifacts = Object.entries(stacks).map(([name, { dependencies = [] }]) => [
    name,
    { type: 'aws:cloudformation:stack', properties: { templateFile: `${name}.template.json` }, dependencies },
  ]);
  write('manifest.json', { version: '48.0.0', artifacts: Object.fromEntries(artifacts) });
  for (const [name, { template }] of Object.entries(stacks)) write(`${name}.template.json`, template);
  for (const [file, content] of Object.entries(files)) write(file, content);
  return assemblyDir;
}

import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import type { Bundle, Bundles } from './bundles.ts';
import { FUNCTION_ENVIRONMENT } from './stub.ts';

const RUNS = 15;

/** Imports each bundle in a fresh process, in turn, so that a slow moment of the machine hits all of them. */
export function measureImports(bundles: Bundles): void {
  const all = [bundles.ingest, bundles.defaults, bundles.defaultsWithSdk, bundles.empty];
  const times = new Map<Bundle, number[]>(all.map((bundle) => [bundle, []]));
  for (let run = 0; run < RUNS; run++) {
    for (const bundle of all) times.get(bundle)?.push(importOnce(bundle));
  }
  const base = median(times.get(bundles.defaults) ?? []);
  console.log(`\nImport in a fresh process (median of ${RUNS}, interleaved)`);
  for (const [{ name, bytes }, milliseconds] of times) {
    const time = median(milliseconds);
    console.log(
      `  ${name.padEnd(28)} ${time.toFixed(1).padStart(6)} ms  ${(time / base).toFixed(2)} of CDK's defaults  ${(bytes / 1024).toFixed(0).padStart(5)} KB`,
    );
  }
}

function importOnce({ entry }: Bundle): number {
  const script = `const start = performance.now(); await import(${JSON.stringify(pathToFileURL(entry).href)}); console.log(performance.now() - start);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...FUNCTION_ENVIRONMENT, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    encoding: 'utf8',
  });
  const milliseconds = Number.parseFloat(stdout);
  if (Number.isNaN(milliseconds)) throw new Error(`${entry} could not be imported: ${stderr}`);
  return milliseconds;
}

const median = (values: readonly number[]): number => percentile(values, 0.5);

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

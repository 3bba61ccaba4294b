/**
 * Prints what the ingest path costs: `npm run bench`. Times vary with the machine; the ratios beside a baseline measured in the same
 * minutes are what to compare. Nothing is asserted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundles } from './bundles.ts';
import { measureImports } from './imports.ts';
import { measureRequests } from './requests.ts';

// Inside the project, because the bundle with CDK's defaults leaves the AWS SDK to be found in node_modules.
const folder = mkdtempSync(join(import.meta.dirname, '../../node_modules/.millrace-bench-'));
try {
  const bundles = await buildBundles(folder);
  measureImports(bundles);
  await measureRequests(bundles.ingest);
} finally {
  rmSync(folder, { recursive: true });
}

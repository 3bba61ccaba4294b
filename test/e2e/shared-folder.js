/** Jest's global set-up and teardown: a folder in which the end-to-end suites share what they all synthesize alike. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-e2e-shared-'));
  // The workers inherit it.
  process.env.MILLRACE_E2E_SHARED = folder;
  globalThis.removeSharedFolder = () => rmSync(folder, { recursive: true });
}

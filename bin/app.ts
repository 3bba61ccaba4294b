#!/usr/bin/env node
import { synthesizeMillrace } from './millrace-app.ts';

try {
  synthesizeMillrace();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

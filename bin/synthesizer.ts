/**
 * `bin/app.ts` as a process that stays: each message of its parent is a request to synthesize, answered with `{ directories }`, those of the
 * workflows, or with `{ mistakes }`. The CDK is loaded once, and only the functions whose sources changed are bundled again.
 */
import { synthesizeMillrace } from './millrace-app.ts';

function answer(): { readonly directories: readonly string[] } | { readonly mistakes: string } {
  try {
    return { directories: synthesizeMillrace() };
  } catch (error) {
    return { mistakes: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', () => process.send?.(answer()));
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole process group; the parent says when this one ends.
process.on('SIGINT', () => undefined);

/** The local runtime with a fault in it: no status event of a run's end ever comes. */
import { startOperated } from './operated-runtime.ts';

await startOperated({ drop: ({ detail }) => (detail as { status?: string }).status !== 'RUNNING' });

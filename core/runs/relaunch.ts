import * as v from 'valibot';

export interface QueuedLaunch {
  readonly messageId: string;
  /** JSON text of the launcher's input. */
  readonly body: string;
}

const launcherInput = v.pipe(
  v.string(),
  v.parseJson(),
  v.check((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
);

/** Starts the launcher again with each message; gives the ids of those that failed, for their own sake or the launcher's. */
export async function relaunch(
  startLauncher: (input: string) => Promise<void>,
  messages: readonly QueuedLaunch[],
): Promise<string[]> {
  // Side by side: a call that hangs must not take the time of the rest of the batch.
  const outcomes = await Promise.all(
    messages.map(async ({ messageId, body }) => {
      try {
        if (!v.is(launcherInput, body)) throw new Error('A message of the retry queue is not an input of the launcher.');
        await startLauncher(body);
        return [];
      } catch (error) {
        console.error({ message: 'relaunch failed', messageId, error: error instanceof Error ? error.name : 'unknown' });
        return [messageId];
      }
    }),
  );
  return outcomes.flat();
}

/** Deliveries that became no event, a minute and channel, in one process: a person reads no more, and each costs a write. */
const KEPT_A_MINUTE = 60;
/** A flood is told of in one write for so many requests, at most. */
const LARGEST_STEP = 1_000;
const MOST_CHANNELS = 1_000;

interface Minute {
  readonly minute: string;
  kept: number;
  uncounted: number;
  /** How many more make the next write. */
  step: number;
}

/**
 * Decides for each delivery that became no event whether it is kept, or only counted because too many came in this minute. Counts are written in
 * steps that double, so that a flood costs few writes; `count` adds to the channel's counter of that minute.
 */
export function floodGate(count: (channelId: string, minute: string, times: number) => Promise<void>) {
  const channels = new Map<string, Minute>();
  return async (channelId: string, now: Date): Promise<'keep' | 'counted'> => {
    const minute = now.toISOString().slice(0, 16);
    const before = channels.get(channelId);
    if (before && before.minute !== minute && before.uncounted > 0) await count(channelId, before.minute, before.uncounted);
    const state = before?.minute === minute ? before : { minute, kept: 0, uncounted: 0, step: 1 };
    // The least recently seen come first.
    channels.delete(channelId);
    channels.set(channelId, state);
    const [oldest] = channels.keys();
    if (channels.size > MOST_CHANNELS && oldest !== undefined) channels.delete(oldest);
    if (state.kept < KEPT_A_MINUTE) {
      state.kept++;
      return 'keep';
    }
    state.uncounted++;
    if (state.uncounted >= state.step) {
      state.step = Math.min(LARGEST_STEP, state.step * 2);
      // What can't be counted now is counted with the next.
      await count(channelId, minute, state.uncounted);
      state.uncounted = 0;
    }
    return 'counted';
  };
}

const MOST_KEYS = 1_000;

/**
 * Remembers what `load` found for at most `milliseconds`, for at most 1,000 keys, in this process. What was not found is asked for
 * again each time, so a thing just made is seen at once; a thing just revoked or changed is seen when the time is over. What `settled` says no to
 * is not remembered either: it is about to change.
 */
export function cached<Key extends string[], V>(
  milliseconds: number,
  load: (...key: Key) => Promise<V | undefined>,
  { now = Date.now, settled = () => true }: { now?: () => number; settled?: (value: V) => boolean } = {},
): (...key: Key) => Promise<V | undefined> {
  const entries = new Map<string, { value: V; until: number }>();
  return async (...parts) => {
    const key = JSON.stringify(parts);
    const entry = entries.get(key);
    if (entry && entry.until > now()) return entry.value;
    entries.delete(key);
    const value = await load(...parts);
    if (value === undefined || !settled(value)) return value;
    // The oldest come first: what is over goes, so that large values don't stay until a thousand others have come.
    for (const [old, { until }] of entries) {
      if (until > now() && entries.size < MOST_KEYS) break;
      entries.delete(old);
    }
    entries.set(key, { value, until: now() + milliseconds });
    return value;
  };
}

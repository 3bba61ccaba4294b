/** Formatters are slow to make, and few zones are in use. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Is it an IANA time zone, such as `Europe/Berlin` or `UTC`? Offsets such as `+01:00` are none. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The time on the zone's clocks at an instant, as milliseconds since the epoch if the clock's numbers were UTC's. */
export function clockTimeAt(instant: number, zone: string): number {
  const parts = new Map(
    formatterOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/** The time on the zone's clocks at an instant (milliseconds since the epoch) with their offset: `2027-03-28T03:00:00+02:00`. */
export function clockTextAt(instant: number, zone: string): string {
  const second = Math.floor(instant / 1_000) * 1_000;
  const clockTime = clockTimeAt(second, zone);
  const minutes = Math.round((clockTime - second) / 60_000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const offset = `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
  return `${new Date(clockTime).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}${offset}`;
}

/**
 * The instant at which the zone's clocks show a time: the first one where they show it twice, undefined where they skip it.
 * Both are milliseconds since the epoch.
 */
export function instantOf(clockTime: number, zone: string): number | undefined {
  const DAY = 86_400_000;
  // The offsets on both sides of a change of the clocks; there is at most one within two days.
  const offsets = [clockTime - DAY, clockTime + DAY].map((around) => clockTimeAt(around, zone) - around);
  const candidates = offsets.map((offset) => clockTime - offset).sort((one, other) => one - other);
  return candidates.find((candidate) => clockTimeAt(candidate, zone) === clockTime);
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

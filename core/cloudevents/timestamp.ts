const TIMESTAMP =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))T((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60)(\.\d{1,30})?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/**
 * A timestamp of RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339#section-5.6) as ISO 8601 in UTC with milliseconds, what is finer cut off;
 * undefined for text that is none. A leap second becomes the first one of the next minute: clocks here know none.
 */
export function toUtc(text: string): string | undefined {
  const [, date, minutes, second, fraction = '', offset = ''] = TIMESTAMP.exec(text) ?? [];
  if (date === undefined) return undefined;
  // Date takes February 30th for March 2nd.
  if (!new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)) return undefined;
  const leap = second === '60';
  const instant = Date.parse(`${date}T${minutes}:${leap ? '59' : second}${fraction.slice(0, 4)}${offset.toUpperCase()}`);
  const utc = new Date(instant + (leap ? 1_000 : 0)).toISOString();
  // The offset may lead out of the years of four digits.
  return /^\d{4}-/.test(utc) ? utc : undefined;
}

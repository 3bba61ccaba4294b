/**
 * Aligned columns under headings, for people. Cells hold text of any origin: control characters, with which an answer could
 * steer the terminal, are shown as U+FFFD.
 */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return alignColumns([headings, ...rows]);
}

/** One name and value a line; those without a value are left out. */
export function formatRecord(fields: Readonly<Record<string, string | undefined>>): string {
  return alignColumns(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[`${name}:`, value]])));
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell.replaceAll(/\s+/g, ' '))));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, [...cell].length);
  }
  const pad = (cell: string, column: number) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length);
  return cells.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** The text without control characters other than line feed and tab. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '\u{FFFD}');
}

/** Milliseconds as a person says them: `87 ms`, `4.2 s`, `3 m 05 s`, `2 h 00 m`, `3 d 04 h`. */
export function formatDuration(milliseconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const total = Math.max(0, milliseconds);
  if (total < 1_000) return `${Math.floor(total)} ms`;
  if (total < 60_000) return `${(Math.floor(total / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(total / 1_000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 60) return `${minutes} m ${two(seconds % 60)} s`;
  if (hours < 24) return `${hours} h ${two(minutes % 60)} m`;
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
}

/** An ISO 8601 time in the local zone: `15:04:05` today, else `2026-01-31 15:04`; text that is no time is given back. */
export function formatTime(text: string, now: Date = new Date()): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return text;
  // The Swedish form is the ISO order: year, month, day, 24 hours.
  if (time.toDateString() === now.toDateString()) return time.toLocaleTimeString('sv-SE');
  return time.toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
}

export interface Tolerance {
  readonly unit: 's' | 'ms';
  readonly toleranceSeconds: number;
}

/** Why a timestamp is not believed, for the request log: undefined for one that is near enough to `now`, on either side. */
export function timestampFault(text: string | undefined, now: Date, { unit, toleranceSeconds }: Tolerance): string | undefined {
  if (text === undefined || text === '') return 'The request has no timestamp.';
  if (!/^\d{1,16}$/.test(text)) return 'The timestamp of the request is not a number.';
  const ageSeconds = (now.getTime() - Number(text) * (unit === 's' ? 1_000 : 1)) / 1_000;
  if (ageSeconds > toleranceSeconds) return `The timestamp of the request is older than ${toleranceSeconds} seconds.`;
  if (ageSeconds < -toleranceSeconds) return `The timestamp of the request is more than ${toleranceSeconds} seconds ahead.`;
  return undefined;
}

/** Seconds since the epoch, within the years that a date can be written in with four digits. */
export const isSeconds = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 253_402_300_800;

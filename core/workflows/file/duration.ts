const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** A duration as workflow files write it: `90s`, `15m`, `12h` or `30d`. */
export const DURATION = /^([1-9]\d{0,6})([smhd])$/;

/** The seconds in a duration; `undefined` for text of any other form. */
export function secondsIn(duration: string): number | undefined {
  const [, amount, unit] = DURATION.exec(duration) ?? [];
  return amount && unit ? Number(amount) * SECONDS[unit as keyof typeof SECONDS] : undefined;
}

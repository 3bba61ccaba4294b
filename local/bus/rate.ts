const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * `rate(1 minute)`, `rate(5 hours)` in milliseconds (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html):
 * the unit is singular for 1 and plural above. Throws an `Error` for anything else; cron expressions are not supported.
 */
export function parseRate(expression: string): number {
  const [, digits = '', singular = '', plural] = /^rate\((\d+) (minute|hour|day)(s)?\)$/.exec(expression) ?? [];
  const value = Number(digits);
  const unit = UNITS[singular];
  if (expression.startsWith('cron(')) throw new Error(`The schedule ${expression} is not supported locally: use rate(...).`);
  if (unit === undefined || value < 1 || (value === 1) !== (plural === undefined)) {
    throw new Error(`${expression} is not a rate expression such as rate(1 minute) or rate(5 hours).`);
  }
  return value * unit;
}

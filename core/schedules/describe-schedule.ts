import cronstrue from 'cronstrue';
import { AWS_WEEKDAY, DAY_OF_MONTH, type FieldRange, HOUR, MINUTE, MONTH, valuesOf, YEAR } from './cron-field.ts';
import type { Schedule } from './schedule.ts';
import { clockTextAt } from './zone.ts';

/** A cron expression's fields as AWS orders them. */
const FIELDS = [MINUTE, HOUR, DAY_OF_MONTH, MONTH, AWS_WEEKDAY, YEAR] as const;

/** From how many values on "every 15 minutes" says more than a list of them. */
const FEWEST_STEPS = new Map<FieldRange, number>([
  [MINUTE, 2],
  [HOUR, 5],
]);

/**
 * A schedule in English: `At 02:00, Monday through Friday, in Europe/Berlin, from 2027-01-01T00:00:00+01:00`. Takes schedules that `readSchedule`
 * has read.
 */
export function describeSchedule({ expression, timezone, startsAt, endsAt, windowMinutes }: Schedule): string {
  const [, kind, inner = ''] = /^(cron|rate|at)\((.*)\)$/.exec(expression) ?? [];
  const clock = (time: string) => clockTextAt(Date.parse(time), timezone);
  return [
    kind === 'rate'
      ? `Every ${inner.replace(/^1 /, '')}`
      : `${kind === 'at' ? `Once, at ${inner}` : describeCron(inner)}, in ${timezone}`,
    ...(startsAt === undefined ? [] : [`from ${clock(startsAt)}`]),
    ...(endsAt === undefined ? [] : [`until ${clock(endsAt)}`]),
    ...(windowMinutes === undefined ? [] : [`within ${windowMinutes} ${windowMinutes === 1 ? 'minute' : 'minutes'} of its time`]),
  ].join(', ');
}

/**
 * What is described is the fields' values as they are scheduled by, not their notation, of which AWS's differs from that of others; the fields
 * that have no values, such as `L` and `6#3`, are alike.
 */
function describeCron(inner: string): string {
  const fields = inner.split(' ').map((text, index) => shorten(text, FIELDS[index] ?? YEAR));
  // A first field of seconds makes the last one a year.
  return cronstrue.toString(['0', ...fields].join(' '), {
    use24HourTimeFormat: true,
    dayOfWeekStartIndexZero: false,
    verbose: true,
  });
}

/** A field's values in the notation that reads best: a range, a step or a list. */
function shorten(text: string, range: FieldRange): string {
  if (/[?L#W]/i.test(text.replaceAll(/[A-Z]{3}/gi, ''))) return text.toUpperCase();
  const values = valuesOf(text, range) ?? [];
  const [first = 0, second = 0] = values;
  const last = values.at(-1) ?? 0;
  const size = range.maximum - range.minimum + 1;
  if (values.length === 0 || values.length === size) return '*';
  const step = second - first;
  const isEven = values.length > 1 && values.every((value, index) => value === first + index * step);
  if (isEven && step === 1 && values.length > 2) return `${first}-${last}`;
  // Only a step that fits into the hour or the day comes at even intervals.
  if (isEven && values.length * step === size && values.length >= (FEWEST_STEPS.get(range) ?? size)) {
    return first === range.minimum ? `*/${step}` : `${first}/${step}`;
  }
  if (isEven && range === YEAR && values.length > 2) return `${first}-${last}/${step}`;
  return values.join(',');
}

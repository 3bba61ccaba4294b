/** A cron expression, or a part of a schedule, that is wrong: one sentence for its author. */
export class ScheduleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ScheduleError';
  }
}

/** One field of a cron expression: what its numbers and names are. */
export interface FieldRange {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  /** In upper case, the first one standing for `minimum`. */
  readonly names?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
export const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;

export const MINUTE: FieldRange = { name: 'minute', minimum: 0, maximum: 59 };
export const HOUR: FieldRange = { name: 'hour', minimum: 0, maximum: 23 };
export const DAY_OF_MONTH: FieldRange = { name: 'day of month', minimum: 1, maximum: 31 };
export const MONTH: FieldRange = { name: 'month', minimum: 1, maximum: 12, names: MONTHS };
/** Unix counts from Sunday, 0, and takes 7 for it too. */
export const UNIX_WEEKDAY: FieldRange = { name: 'day of week', minimum: 0, maximum: 7, names: WEEKDAYS };
/** AWS counts from Sunday, 1. */
export const AWS_WEEKDAY: FieldRange = { name: 'day of week', minimum: 1, maximum: 7, names: WEEKDAYS };
export const YEAR: FieldRange = { name: 'year', minimum: 1970, maximum: 2199 };

/**
 * The values of a field made of `*`, numbers, names, ranges, steps and lists, ascending; undefined for every value.
 * Throws `ScheduleError`.
 */
export function valuesOf(text: string, range: FieldRange): readonly number[] | undefined {
  if (text === '*' || text === '*/1') return undefined;
  const values = new Set(text.split(',').flatMap((item) => valuesOfItem(item, range)));
  return [...values].sort((one, other) => one - other);
}

function valuesOfItem(item: string, range: FieldRange): number[] {
  const [, span = '', step] = /^([^/]+)(?:\/([0-9]{1,4}))?$/.exec(item) ?? [];
  if (span === '') throw new ScheduleError(`"${item}" is not a ${range.name} of a cron expression.`);
  const stride = step === undefined ? 1 : Number(step);
  if (stride < 1) throw new ScheduleError(`The step of "${item}" must be at least 1.`);
  const [first, last] = boundsOf(span, step !== undefined, range);
  if (first > last) {
    throw new ScheduleError(`The range "${span}" of the ${range.name} runs backwards; write it as two, with a comma between them.`);
  }
  const values: number[] = [];
  for (let value = first; value <= last; value += stride) values.push(value);
  return values;
}

function boundsOf(span: string, stepped: boolean, range: FieldRange): [number, number] {
  if (span === '*') return [range.minimum, range === UNIX_WEEKDAY ? 6 : range.maximum];
  const [from = '', to, ...more] = span.split('-');
  if (more.length > 0) throw new ScheduleError(`"${span}" is not a ${range.name} of a cron expression.`);
  const first = valueIn(from, range);
  if (to !== undefined) return [first, valueIn(to, range)];
  return [first, stepped ? range.maximum : first];
}

function valueIn(text: string, range: FieldRange): number {
  const { name, minimum, maximum, names = [] } = range;
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return minimum + named;
  const value = /^[0-9]{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  const orName = names.length > 0 ? `, or ${names[0]} to ${names.at(-1)}` : '';
  throw new ScheduleError(
    `"${text}" is not a ${name} of a cron expression: that is a number from ${minimum} to ${maximum}${orName}.`,
  );
}

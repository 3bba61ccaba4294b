import { combinationsOf, type FieldTest, leavesAt, matchesAll } from './pattern.ts';

/** The field that keeps an event out. */
export interface Mismatch {
  /** Its place in the event. */
  readonly path: readonly string[];
  /** What the pattern takes there. */
  readonly expected: readonly unknown[];
  /** What the event has there; nothing where it has no such field. */
  readonly found: readonly unknown[];
}

/**
 * Why an event does not match a pattern: the first field that keeps it out, of the alternative that comes nearest; undefined where it matches. Where
 * each field would match by itself, they are within one array and not met by one element: the first of those is told. Throws `InvalidEventPattern`.
 */
export function explainPattern(pattern: unknown): (event: unknown) => Mismatch | undefined {
  const combinations = combinationsOf(pattern);
  return (event) => {
    if (combinations.some((fields) => matchesAll(fields, event))) return undefined;
    const failures = combinations.map((fields) => {
      const failing = fields.filter((field) => !matchesAll([field], event));
      return failing.length > 0 ? failing : underOneArray(fields, event);
    });
    const [[field] = []] = failures.toSorted((a, b) => a.length - b.length);
    return field && { path: field.path, expected: field.expected, found: leavesAt(event, field.path) };
  };
}

/** The fields that do not hold together with those before them. */
function underOneArray(fields: readonly FieldTest[], event: unknown): FieldTest[] {
  return fields.filter((_, index) => !matchesAll(fields.slice(0, index + 1), event));
}

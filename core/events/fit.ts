/** Step Functions takes 256 KiB of input; the rest is room for what the launcher adds: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const LARGEST_INPUT = 240 * 1024;

/** Is this JSON text small enough to be a run's input? */
export const fits = (json: string): boolean => Buffer.byteLength(json) <= LARGEST_INPUT;

interface Cut {
  readonly string: number;
  readonly array: number;
}

/** From gentle to hard; the last leaves nothing but what no cutting of strings and arrays could help. */
const CUTS: readonly Cut[] = [
  { string: 4096, array: 100 },
  { string: 512, array: 20 },
  { string: 64, array: 3 },
];

/**
 * A copy of `data` with long strings and arrays cut until `accepts` takes it; null when even the hardest cut does not help
 * (an object of too many fields).
 */
export function cutToFit(data: unknown, accepts: (copy: unknown) => boolean): unknown {
  for (const cut of CUTS) {
    const copy = cutValue(data, cut);
    if (accepts(copy)) return copy;
  }
  return null;
}

function cutValue(value: unknown, cut: Cut): unknown {
  if (typeof value === 'string') return value.length > cut.string ? value.slice(0, cut.string).toWellFormed() : value;
  if (Array.isArray(value)) return value.slice(0, cut.array).map((element) => cutValue(element, cut));
  if (typeof value === 'object' && value !== null && !JSON.isRawJSON(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, cutValue(field, cut)]));
  }
  return value;
}

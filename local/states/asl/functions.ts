import { createHash, randomUUID } from 'node:crypto';

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** More elements than this could never leave a state, whose output is at most 256 KB. */
const LONGEST_RANGE = 262_144;

/**
 * The functions that Step Functions adds to JSONata
 * (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions). `$eval` is taken away.
 */
export function jsonataFunctions(random: () => number): Record<string, unknown> {
  return {
    eval: undefined,
    partition(array: unknown, size: unknown) {
      if (array === undefined) return undefined;
      const items = Array.isArray(array) ? array : [array];
      const chunk = wholeNumber('$partition', size);
      if (chunk < 1) throw new Error('$partition: the chunk size must be a positive integer.');
      return Array.from({ length: Math.ceil(items.length / chunk) }, (_, i) => items.slice(i * chunk, (i + 1) * chunk));
    },
    range(from: unknown, to: unknown, by: unknown) {
      const [start, end, step] = [from, to, by].map((n) => wholeNumber('$range', n)) as [number, number, number];
      if (step === 0) throw new Error('$range: the step must not be 0.');
      const length = Math.max(0, Math.floor((end - start) / step) + 1);
      if (length > LONGEST_RANGE) throw new Error(`$range: ${length} elements are too many.`);
      return Array.from({ length }, (_, i) => start + i * step);
    },
    hash(data: unknown, algorithm: unknown) {
      const name = typeof algorithm === 'string' ? ALGORITHMS[algorithm] : undefined;
      if (name === undefined) throw new Error(`$hash: the algorithm must be one of ${Object.keys(ALGORITHMS).join(', ')}.`);
      if (typeof data !== 'string') throw new Error('$hash: the first argument must be a string.');
      return createHash(name).update(data).digest('hex');
    },
    random(seed: unknown) {
      return seed === undefined ? random() : seededRandom(seed);
    },
    uuid: () => randomUUID(),
    parse(text: unknown) {
      if (text === undefined) return undefined;
      if (typeof text !== 'string') throw new Error('$parse: the argument must be a string.');
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new Error('$parse: the string is not valid JSON.');
      }
    },
  };
}

function wholeNumber(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Error(`${name}: an argument is not a number.`);
  return Math.trunc(value);
}

/** One number from 0 (inclusive) to 1 that is always the same for the same seed. */
export function seededRandom(seed: unknown): number {
  if (typeof seed !== 'number') throw new Error('$random: the seed must be a number.');
  return createHash('sha256').update(String(seed)).digest().readUInt32BE(0) / 2 ** 32;
}

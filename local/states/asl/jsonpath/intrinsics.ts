import { createHash, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { seededRandom } from '../functions.ts';

/** An argument; of a text that stands in the definition also how it is written, where `\{` is not a placeholder. */
export interface IntrinsicValue {
  readonly value: unknown;
  readonly raw?: string;
}

type Intrinsic = (given: readonly IntrinsicValue[], random: () => number) => unknown;

/** https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html has these limits. */
const LONGEST_TEXT = 10_000;
const LONGEST_RANGE = 1_000;
const INTEGERS = { least: -2_147_483_648, most: 2_147_483_647 };

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** A function of a fixed number of arguments. */
const fixed =
  (count: number, run: (...values: unknown[]) => unknown): Intrinsic =>
  (given) => {
    if (given.length !== count) throw new Error(`it takes ${count} arguments, not ${given.length}.`);
    return run(...given.map(({ value }) => value));
  };

/** The intrinsic functions, each throwing an `Error` with a sentence (https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html). */
export const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  'States.Array': (given) => given.map(({ value }) => value),
  'States.ArrayPartition': fixed(2, (array, size) => {
    const [items, chunk] = [arrayOf(array), integerOf(size)];
    if (chunk < 1) throw new Error('the chunk size must be a positive integer.');
    return Array.from({ length: Math.ceil(items.length / chunk) }, (_, i) => items.slice(i * chunk, (i + 1) * chunk));
  }),
  'States.ArrayContains': fixed(2, (array, value) => arrayOf(array).some((item) => isDeepStrictEqual(item, value))),
  'States.ArrayRange': fixed(3, (from, to, by) => {
    const [start, end, step] = [integerOf(from), integerOf(to), integerOf(by)];
    if (step === 0) throw new Error('the increment must not be 0.');
    const length = Math.max(0, Math.floor((end - start) / step) + 1);
    if (length > LONGEST_RANGE) throw new Error(`the array would have more than ${LONGEST_RANGE} items.`);
    return Array.from({ length }, (_, i) => start + i * step);
  }),
  'States.ArrayGetItem': fixed(2, (array, position) => {
    const [items, index] = [arrayOf(array), integerOf(position)];
    if (index < 0 || index >= items.length) throw new Error(`the index ${index} is out of bounds.`);
    return items[index];
  }),
  'States.ArrayLength': fixed(1, (array) => arrayOf(array).length),
  'States.ArrayUnique': fixed(1, (array) =>
    arrayOf(array).filter((item, index, items) => items.findIndex((other) => isDeepStrictEqual(item, other)) === index),
  ),
  'States.Base64Encode': fixed(1, (text) => Buffer.from(shortText(text)).toString('base64')),
  'States.Base64Decode': fixed(1, (text) => Buffer.from(shortText(text), 'base64').toString()),
  'States.Hash': fixed(2, (data, algorithm) => {
    const name = typeof algorithm === 'string' ? ALGORITHMS[algorithm] : undefined;
    if (name === undefined) throw new Error(`the algorithm must be one of ${Object.keys(ALGORITHMS).join(', ')}.`);
    return createHash(name)
      .update(shortText(typeof data === 'string' ? data : JSON.stringify(data)))
      .digest('hex');
  }),
  'States.JsonMerge': fixed(3, (first, second, deep) => {
    if (deep !== false) throw new Error('only shallow merging is supported: the third argument must be false.');
    return { ...objectOf(first), ...objectOf(second) };
  }),
  'States.JsonToString': fixed(1, (value) => JSON.stringify(value)),
  'States.StringToJson': fixed(1, (text) => JSON.parse(textOf(text))),
  'States.MathAdd': fixed(2, (a, b) => {
    const sum = integerOf(a) + integerOf(b);
    if (sum < INTEGERS.least || sum > INTEGERS.most) throw new Error('the sum is outside of 32 bits.');
    return sum;
  }),
  'States.MathRandom': (given, random) => {
    const [from, to, seed] = given.map(({ value }) => integerOf(value));
    if (from === undefined || to === undefined || given.length > 3 || from >= to) {
      throw new Error('it takes a start, a larger end, and perhaps a seed.');
    }
    return from + Math.floor((seed === undefined ? random() : seededRandom(seed)) * (to - from));
  },
  'States.StringSplit': fixed(2, (text, delimiters) => {
    const separators = new Set(textOf(delimiters));
    const pieces = [''];
    for (const character of textOf(text)) {
      if (separators.has(character)) pieces.push('');
      else pieces.push(`${pieces.pop() ?? ''}${character}`);
    }
    return pieces.filter((piece) => piece !== '');
  }),
  'States.UUID': fixed(0, () => randomUUID()),
  'States.Format': ([template, ...values]) => {
    const raw = template?.raw ?? textOf(template?.value);
    const left = values[Symbol.iterator]();
    const text = raw.replace(/\\(.)|\{\}/gs, (_match, escaped: string | undefined) => {
      if (escaped !== undefined) return escaped;
      const { value, done } = left.next();
      if (done) throw new Error('there are more {} than arguments.');
      return typeof value.value === 'string' ? value.value : JSON.stringify(value.value);
    });
    if (!left.next().done) throw new Error('there are fewer {} than arguments.');
    return text;
  },
};

function arrayOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('an argument is not an array.');
  return value;
}

/** Numbers that are not integers are rounded. */
function integerOf(value: unknown): number {
  if (typeof value !== 'number') throw new Error('an argument is not a number.');
  return Math.round(value);
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('an argument is not a string.');
  return value;
}

function shortText(value: unknown): string {
  const text = textOf(value);
  if (text.length > LONGEST_TEXT) throw new Error(`a string has more than ${LONGEST_TEXT} characters.`);
  return text;
}

function objectOf(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('an argument is not an object.');
  return value;
}

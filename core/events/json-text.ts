import { badRequest, unprocessable } from '../errors.ts';

/** Ours, and well inside the 1,000 levels of PutEvents: parsers further on recurse. */
const DEEPEST = 100;
/** Integers that PutEvents takes: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const SMALLEST_INTEGER = -(2n ** 63n);
const LARGEST_INTEGER = 2n ** 63n - 1n;

/**
 * Parses JSON that must survive the bus unchanged. Whole numbers that a JavaScript number can't hold keep their digits (as `JSON.rawJSON`,
 * so `JSON.stringify` writes them as they came).
 *
 * Raises 400 for text that is not JSON; 422 for nesting deeper than 100 levels, numbers that would change on the way, and strings
 * with half a surrogate pair, which have no UTF-8 form.
 */
export function parseJsonText(bytes: Buffer): unknown {
  const text = decodeUtf8(bytes);
  if (depthOf(text) > DEEPEST) throw unprocessable(`The JSON is nested deeper than ${DEEPEST} levels; flatten it.`);
  const value = parse(text);
  if (text.includes('\\u') && hasLoneSurrogate(JSON.stringify(value))) {
    throw unprocessable('A string in the JSON holds half of a surrogate pair (\\ud800 to \\udfff alone); send whole characters.');
  }
  return value;
}

export function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw badRequest('The body is not valid UTF-8.', [{ detail: String(cause) }]);
  }
}

function parse(text: string): unknown {
  try {
    return mayHoldHugeNumbers(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // V8's message quotes the body; only the position is safe to repeat.
    const position = /position (\d+)/.exec(error.message)?.[1];
    throw badRequest(`The body is not valid JSON${position ? ` (at character ${position})` : ''}.`);
  }
}

/** Digits enough to pass 2^53, or an exponent: only then is the slower parse with a reviver worth it. */
const mayHoldHugeNumbers = (text: string) => /\d{16}|\d[eE]/.test(text);

function keepDigits(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined) return value;
  if (!Number.isFinite(value)) throw unprocessable('A number in the JSON is too large for a 64-bit float.');
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value;
  // A number such as 1e20 stays in its notation: JSON.stringify would write it as an integer that the bus refuses.
  if (!/^-?\d+$/.test(context.source)) return JSON.rawJSON(context.source);
  const integer = BigInt(context.source);
  if (integer < SMALLEST_INTEGER || integer > LARGEST_INTEGER) {
    throw unprocessable('An integer in the JSON needs more than 64 bits (signed); send it as a string.');
  }
  return JSON.rawJSON(context.source);
}

/** The deepest nesting of arrays and objects, counted on the text so that no parser has to recurse. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}

/** `JSON.stringify` escapes surrogates only where they stand alone: https://tc39.es/ecma262/#sec-quotejsonstring */
const hasLoneSurrogate = (json: string) => /(?<!\\)(?:\\\\)*\\ud[89a-f][0-9a-f]{2}/.test(json);

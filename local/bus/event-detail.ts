import { isJson } from '../is-json.ts';

/** "PutEvents will only process nested JSON up to 1000 levels deep" (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html). */
const DEEPEST_LEVEL = 1000;

/** PutEvents' constraints for the JSON number (integer) data type, on the same page. */
const SMALLEST_INTEGER = -(2n ** 63n);
const LARGEST_INTEGER = 2n ** 63n - 1n;

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[[\]{}]/g;

/** Whether an entry's `Detail` is a JSON object that PutEvents processes. */
export function isAcceptableDetail(detail: string): boolean {
  if (!detail.trimStart().startsWith('{') || !isJson(detail)) return false;
  let depth = 0;
  for (const [token] of detail.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (isTooLarge(token)) return false;
    if (depth > DEEPEST_LEVEL) return false;
  }
  return true;
}

function isTooLarge(token: string): boolean {
  if (token.length < 19 || !/^-?\d+$/.test(token)) return false;
  const integer = BigInt(token);
  return integer < SMALLEST_INTEGER || integer > LARGEST_INTEGER;
}

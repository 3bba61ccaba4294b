import { InvalidEventPattern } from './invalid-event-pattern.ts';

/**
 * Matches text against a pattern in which `*` stands for any characters, `\*` for an asterisk and `\\` for a backslash
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching).
 * Takes time linear in the text for each literal part, whatever the input: rules see hostile events.
 * Throws {@link InvalidEventPattern} for `**` and for any other escape.
 */
export function globMatcher(pattern: string, place: readonly string[]): (text: string) => boolean {
  const parts = literalParts(pattern, place);
  const first = parts[0] ?? '';
  if (parts.length === 1) return (text) => text === first;
  const last = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1);
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let position = first.length;
    for (const part of middle) {
      const found = text.indexOf(part, position);
      if (found === -1 || found + part.length > end) return false;
      position = found + part.length;
    }
    return true;
  };
}

/** The literal text between the wildcards; one more part than there are wildcards. */
function literalParts(pattern: string, place: readonly string[]): string[] {
  const parts: string[] = [];
  let part = '';
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    const next = pattern.charAt(index + 1);
    if (character === '\\') {
      if (next !== '*' && next !== '\\')
        throw new InvalidEventPattern(place, 'a backslash must be followed by * or another backslash');
      part += next;
      index++;
    } else if (character === '*') {
      if (next === '*') throw new InvalidEventPattern(place, 'consecutive wildcard characters are not allowed');
      parts.push(part);
      part = '';
    } else {
      part += character;
    }
  }
  parts.push(part);
  return parts;
}

/**
 * Whether a text matches a pattern in which `*` stands for any characters, `\*` for itself and `\\` for a backslash
 * (https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html). Takes time linear in the text for each literal part.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  const parts = [''];
  for (const [token] of pattern.matchAll(/\\[\\*]|./gsu)) {
    if (token === '*') parts.push('');
    else parts.push(`${parts.pop() ?? ''}${token.length > 1 && token.startsWith('\\') ? token.slice(1) : token}`);
  }
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let position = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found < 0 || found + part.length > end) return false;
    position = found + part.length;
  }
  return true;
}

import type { Expression, TextMistake } from './expression.ts';
import { parseExpression } from './parse-expression.ts';

/** A string of a definition, taken apart at its expressions: literal texts, none of them empty, and expressions. */
interface ParsedText {
  readonly parts: readonly (string | Expression)[];
  readonly mistakes: readonly TextMistake[];
}

/** Takes a text apart. `$${` is a literal `${`; what is wrong with an expression is a mistake, and the text goes on after it. */
export function parseText(text: string): ParsedText {
  const parts: (string | Expression)[] = [];
  const mistakes: TextMistake[] = [];
  let literal = '';
  let at = 0;
  const flush = () => {
    if (literal !== '') parts.push(literal);
    literal = '';
  };
  while (at < text.length) {
    if (text.startsWith('$${', at)) {
      literal += '${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      flush();
      const parsed = parseExpression(text, at);
      if ('expression' in parsed) parts.push(parsed.expression);
      else mistakes.push(parsed.mistake);
      at = parsed.end;
    } else {
      const next = text.indexOf('$', at + 1);
      literal += text.slice(at, next < 0 ? text.length : next);
      at = next < 0 ? text.length : next;
    }
  }
  flush();
  return { parts, mistakes };
}

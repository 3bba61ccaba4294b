import { nearest } from '../file/near.ts';
import type { Expression, Step, TextMistake } from './expression.ts';
import { RECEIVED, receivedMistake } from './received.ts';

/** `end` is where the text goes on. */
type Parsed = { readonly end: number } & ({ readonly expression: Expression } | { readonly mistake: TextMistake });

const NAME = /[\p{ID_Start}_][\p{ID_Continue}]*/uy;
const INDEX = /\[(\*|-?[0-9]{1,9})\]/y;
const QUOTED = /\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/suy;
/** What an author may have taken for a name, up to where anything else goes on. */
const WORD = /[^.[\]{}'"\s]+/uy;
/** An unquoted state name: blanks and all but what paths and texts are made of. */
const HEAD = /[^.[\]{}'"$]+/uy;
const PLACEHOLDER_NAME = /\.([A-Za-z0-9_-]{1,40})\}/y;

const OTHER_SYNTAX = 'functions and operators are written in JSONata, between {% and %}';

/**
 * Parses the expression that begins with the `${` at `start`:
 * a name of what a workflow receives, or a state's name and `.output`, then any of `.name`, `['any key']`, `[0]`, `[-1]` and `[*]`.
 */
export function parseExpression(text: string, start: number): Parsed {
  try {
    const { expression, end } = read(text, start);
    return { expression, end };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const close = text.indexOf('}', error.at);
    return { mistake: { at: error.at, message: error.message }, end: close < 0 ? text.length : close + 1 };
  }
}

class Refusal extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

function read(text: string, start: number): { expression: Expression; end: number } {
  const begin = start + 2;
  const close = text.indexOf('}', begin);
  if (close < 0) throw new Refusal(start, 'This expression has no closing }; for a literal ${ write $${.');
  if (text.slice(begin, close).trim() === '') throw new Refusal(start, 'This expression is empty; for a literal ${ write $${.');
  if (/\s/.test(text.charAt(begin))) throw new Refusal(begin, `An expression has no blanks after its \${ and before its }.`);

  const quoted = match(QUOTED, text, begin);
  const head = quoted ? unquoted(quoted) : (match(HEAD, text, begin)?.[0] ?? '');
  if (head === '') throw new Refusal(begin, `An expression begins with ${KNOWN}; ${OTHER_SYNTAX}.`);
  const afterHead = begin + (quoted?.[0].length ?? head.length);

  if (!quoted && (head === 'tasks' || head === 'connections' || head === 'millrace')) {
    const named = match(PLACEHOLDER_NAME, text, afterHead);
    if (!named) throw new Refusal(afterHead, `Write \${${head}.<name>}: 1 to 40 letters, digits, - or _.`);
    const [, name = ''] = named;
    if (head === 'millrace' && !PLATFORM_FUNCTIONS.includes(name)) throw new Refusal(afterHead + 1, platformMistake(name));
    return { expression: { kind: head, name, at: start }, end: afterHead + named[0].length };
  }

  if (!quoted && Object.hasOwn(RECEIVED, head)) {
    const { steps, end } = readSteps(text, start, afterHead);
    const path: Step[] = [{ kind: 'key', key: head, at: begin }, ...steps];
    const mistake = receivedMistake(path);
    if (mistake) throw new Refusal(mistake.at, mistake.message);
    return { expression: { kind: 'received', steps: path, at: start }, end };
  }

  const output = /\.output(?=[.[}])/y;
  if (!match(output, text, afterHead)) {
    const shown = JSON.stringify(head.trim());
    const message = /[()+*/=<>&|?:,;!#@^~%]/.test(head)
      ? `${shown} is not what an expression begins with, which is ${KNOWN}; ${OTHER_SYNTAX}.`
      : `${shown} is not known here: an expression begins with ${KNOWN}.`;
    throw new Refusal(begin, withHint(message, head));
  }
  const { steps, end } = readSteps(text, start, afterHead + '.output'.length);
  return { expression: { kind: 'output', state: head, steps, at: start }, end };
}

/** What `\${millrace.<name>}` may name: functions of the platform that workflows call. */
const PLATFORM_FUNCTIONS: readonly string[] = ['callbacks'];

function platformMistake(name: string): string {
  const near = nearest(name, PLATFORM_FUNCTIONS);
  const known = `Millrace has no function "${name}" for workflows, only ${PLATFORM_FUNCTIONS.join(', ')}.`;
  return near === undefined ? known : `${known} Did you mean \${millrace.${near}}?`;
}

const KNOWN = `${Object.keys(RECEIVED).join(', ')}, or a state's name and .output`;

/** The commonest slip is to leave out `workflow.`. */
function withHint(message: string, head: string): string {
  if (head === 'input') return `${message} Did you mean workflow.input?`;
  if (Object.hasOwn(RECEIVED.workflow.input, head)) return `${message} Did you mean workflow.input.${head}?`;
  const near = nearest(head, Object.keys(RECEIVED));
  return near === undefined ? message : `${message} Did you mean ${near}?`;
}

function readSteps(text: string, start: number, from: number): { steps: Step[]; end: number } {
  const steps: Step[] = [];
  let at = from;
  for (;;) {
    const next = text.charAt(at);
    if (next === '}') return { steps, end: at + 1 };
    if (next === '') throw new Refusal(start, 'This expression has no closing }; for a literal ${ write $${.');
    if (next === '.') {
      const name = nameAfterDot(text, at + 1);
      steps.push({ kind: 'key', key: name, at: at + 1 });
      at += 1 + name.length;
    } else if (next === '[') {
      const index = match(INDEX, text, at);
      const quoted = match(QUOTED, text, at);
      if (index?.[1] !== undefined) steps.push(index[1] === '*' ? { kind: 'all' } : { kind: 'index', index: Number(index[1]) });
      else if (quoted) steps.push({ kind: 'key', key: unquoted(quoted), at });
      else throw new Refusal(at, `In brackets stands an index ([0], [-1]), [*], or a quoted name (['x-tenant']).`);
      at += (index ?? quoted)?.[0].length ?? 0;
    } else {
      throw new Refusal(at, `${JSON.stringify(next)} cannot stand here: after a name comes ., [ or }; ${OTHER_SYNTAX}.`);
    }
  }
}

function nameAfterDot(text: string, at: number): string {
  const name = match(NAME, text, at)?.[0];
  const word = match(WORD, text, at)?.[0];
  if (name !== undefined && name === word) return name;
  if (word === undefined) throw new Refusal(at, 'A name follows the dot.');
  if (/^-?[0-9]+$/.test(word)) throw new Refusal(at, `An element of a list is written [${word}], without the dot.`);
  throw new Refusal(at, `${JSON.stringify(word)} is not a plain name: write [${quote(word)}] if it is one; ${OTHER_SYNTAX}.`);
}

/** A backslash takes the meaning from the character after it, as far as there is one: `\'`, `\"`, `\\`. */
const unquoted = ([, single, double]: RegExpExecArray): string => (single ?? double ?? '').replaceAll(/\\(.)/gsu, '$1');

const quote = (key: string): string => `'${key.replaceAll(/['\\]/g, '\\$&')}'`;

function match(sticky: RegExp, text: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(text);
}

import { pathRuleMistakes } from './choice-rules.ts';
import { nearest } from './file/near.ts';
import type { JsonPath } from './source-text.ts';

type Json = Readonly<Record<string, unknown>>;
type Refuse = (at: JsonPath, problem: string, place?: 'key') => void;

interface Value {
  readonly fits: (value: unknown) => boolean;
  /** What it must be, said after "must be". */
  readonly what: string;
}

const integer = (least: number, most = 99_999_999): Value => ({
  fits: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  what: `a whole number from ${least} to ${most}`,
});
const TEXT: Value = { fits: (value) => typeof value === 'string', what: 'a text' };
const PERCENTAGE: Value = {
  fits: (value) => typeof value === 'number' && value >= 0 && value <= 100,
  what: 'a number from 0 to 100',
};
const TIMESTAMP: Value = {
  fits: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value),
  what: 'a time with its offset, such as 2027-01-31T18:00:00Z',
};

/** Values that a JSONata state may compute (https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html). */
const VALUES: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  Task: { TimeoutSeconds: integer(1), HeartbeatSeconds: integer(1) },
  Wait: { Seconds: integer(0), Timestamp: TIMESTAMP },
  Fail: { Error: TEXT, Cause: TEXT },
  Map: {
    Items: { fits: (value) => typeof value === 'object' && value !== null, what: 'a list or a mapping' },
    MaxConcurrency: integer(0),
    ToleratedFailureCount: integer(0),
    ToleratedFailurePercentage: PERCENTAGE,
  },
};

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
const RETRIER: Readonly<Record<string, Value>> = {
  IntervalSeconds: integer(1),
  MaxAttempts: integer(0),
  BackoffRate: { fits: (value) => typeof value === 'number' && value >= 1, what: 'a number from 1' },
  MaxDelaySeconds: integer(1, 31_622_399),
  JitterStrategy: { fits: (value) => value === 'FULL' || value === 'NONE', what: 'FULL or NONE' },
};

/** What is wrong with the values of a state of a known type; each is said after the state's name. */
export function valueMistakes(type: string, state: Json, isJsonata: boolean, refuse: Refuse): void {
  for (const [field, { fits, what }] of Object.entries(VALUES[type] ?? {})) {
    if (!(field in state) || fits(state[field]) || (isJsonata && isComputed(state[field]))) continue;
    refuse([field], `has ${field}, which must be ${what}${isJsonata ? ', or computed by {% ... %}.' : '.'}`);
  }
  if (type === 'Wait') {
    const ways = isJsonata ? ['Seconds', 'Timestamp'] : ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'];
    // That a field stands beside its own path is told elsewhere.
    const given = new Set(ways.filter((field) => field in state).map((field) => field.replace(/Path$/, '')));
    if (given.size !== 1) refuse([], `needs exactly one of ${ways.join(', ')}.`, 'key');
  }
  if (type === 'Choice') choiceMistakes(state.Choices, isJsonata, refuse);
  if (type === 'Parallel') branchMistakes(state.Branches, refuse);
  if (type === 'Map' && !isObject(state.ItemProcessor) && !(!isJsonata && isObject(state.Iterator))) {
    refuse(['ItemProcessor'], 'needs an ItemProcessor with StartAt and States, which runs for each item.');
  }
  for (const field of ['Retry', 'Catch']) if (field in state) recoveryMistakes(field, state[field], isJsonata, refuse);
}

function branchMistakes(branches: unknown, refuse: Refuse): void {
  if (!Array.isArray(branches) || branches.length === 0) {
    refuse(['Branches'], 'needs Branches: a list of mappings with StartAt and States.');
    return;
  }
  for (const [index, branch] of branches.entries()) {
    if (!isObject(branch)) refuse(['Branches', index], 'has a branch that is no mapping with StartAt and States.');
  }
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html */
function choiceMistakes(choices: unknown, isJsonata: boolean, refuse: Refuse): void {
  if (!Array.isArray(choices) || choices.length === 0) {
    refuse(['Choices'], `needs Choices: a list of rules, each with a ${isJsonata ? 'Condition' : 'Variable'} and Next.`);
    return;
  }
  for (const [index, rule] of choices.entries()) {
    const at = ['Choices', index];
    if (!isJsonata) pathRuleMistakes(rule, at, refuse);
    else if (!isObject(rule)) refuse(at, 'has a rule that is no mapping.');
    else {
      unknownFields(rule, ['Condition', 'Next', 'Assign', 'Output', 'Comment'], at, 'a rule', refuse);
      if (!isComputed(rule.Condition)) refuse([...at, 'Condition'], 'has a rule that needs a Condition in {% and %}.');
    }
  }
}

function recoveryMistakes(field: string, rules: unknown, isJsonata: boolean, refuse: Refuse): void {
  if (!Array.isArray(rules)) {
    refuse([field], `has ${field}, which must be a list of rules with ErrorEquals.`);
    return;
  }
  const own = isJsonata ? ['Output', 'Assign'] : ['ResultPath', 'Assign'];
  const known = ['ErrorEquals', 'Comment', ...(field === 'Retry' ? Object.keys(RETRIER) : ['Next', ...own])];
  for (const [index, rule] of rules.entries()) {
    const at = [field, index];
    if (!isObject(rule)) {
      refuse(at, `has a rule of ${field} that is no mapping with ErrorEquals.`);
      continue;
    }
    unknownFields(rule, known, at, `a rule of ${field}`, refuse);
    const errors = rule.ErrorEquals;
    if (!Array.isArray(errors) || errors.length === 0 || errors.some((error) => typeof error !== 'string')) {
      refuse([...at, 'ErrorEquals'], `has a rule of ${field} whose ErrorEquals must be a list of errors, such as [States.ALL].`);
    } else if (errors.includes('States.ALL') && (errors.length > 1 || index < rules.length - 1)) {
      refuse([...at, 'ErrorEquals'], `has States.ALL in ${field}, which must stand alone, in the last rule.`);
    }
    for (const [name, { fits, what }] of Object.entries(field === 'Retry' ? RETRIER : {})) {
      if (name in rule && !fits(rule[name])) refuse([...at, name], `has ${name} in Retry, which must be ${what}.`);
    }
  }
}

function unknownFields(rule: Json, known: readonly string[], at: JsonPath, where: string, refuse: Refuse): void {
  for (const name of Object.keys(rule).filter((key) => !known.includes(key))) {
    const near = nearest(name, known);
    const hint = near === undefined ? `known are ${known.join(', ')}.` : `did you mean ${near}?`;
    refuse([...at, name], `has ${name} in ${where}, which has no such field; ${hint}`, 'key');
  }
}

/** JSONata, or an expression that becomes it. */
const isComputed = (value: unknown): boolean => typeof value === 'string' && /^(\{%|\$\{)/.test(value);

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

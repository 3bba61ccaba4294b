import { InvalidEventPattern } from '../../events/pattern/invalid-event-pattern.ts';
import { compilePattern } from '../../events/pattern/pattern.ts';
import { readSchedule } from '../../schedules/read-schedule.ts';
import { AWS_SOURCE, eventPatternOf } from '../../triggers/event-pattern.ts';
import { UNGUESSABLE_TRIGGER_ID } from '../../triggers/trigger.ts';
import type { JsonPath, Mistake, SourceText } from '../source-text.ts';
import { DEFAULT_WORKSPACE } from '../workflow.ts';
import type { TriggerDeclaration } from './trigger-schema.ts';

/** What is wrong with a trigger whose form is right. `now`: a schedule that is over by then never fires. */
export function triggerMistakes(trigger: TriggerDeclaration, path: JsonPath, source: SourceText, now: Date): Mistake[] {
  switch (trigger.kind) {
    case 'webhook':
      return webhookMistakes(trigger, path, source);
    case 'schedule': {
      const read = readSchedule(trigger, now);
      if (!('faults' in read)) return [];
      return read.faults.map(({ key, message }) => source.mistakeAt(key ? [...path, key] : path, message));
    }
    case 'event':
      return eventMistakes(trigger, path, source);
  }
}

function webhookMistakes(trigger: TriggerDeclaration & { kind: 'webhook' }, path: JsonPath, source: SourceText): Mistake[] {
  const { id, auth, verification } = trigger;
  if (auth === 'none' && !UNGUESSABLE_TRIGGER_ID.test(id)) {
    const message =
      'A trigger with auth none is protected by its id alone, which must be 128 random bits: 32 hexadecimal or 26 base32 characters in lower case.';
    return [source.mistakeAt([...path, 'id'], message)];
  }
  if (auth === 'verification' && verification === undefined) {
    return [
      source.mistakeAt(
        [...path, 'auth'],
        'A trigger with auth verification needs verification, which says how a sender proves itself.',
      ),
    ];
  }
  if (auth !== 'verification' && verification !== undefined) {
    return [
      source.mistakeAt(
        [...path, 'verification'],
        'verification is used with auth: verification alone; set that, or remove it.',
        'key',
      ),
    ];
  }
  return [];
}

type EventDeclaration = TriggerDeclaration & { kind: 'event' };

function eventMistakes(trigger: EventDeclaration, path: JsonPath, source: SourceText): Mistake[] {
  const isAws = trigger.source === AWS_SOURCE;
  const foreign = (isAws ? (['types', 'filter', 'subscription'] as const) : (['pattern'] as const)).filter(
    (key) => trigger[key] !== undefined,
  );
  const sentence = isAws
    ? 'A trigger with source aws has a pattern over the whole event instead.'
    : 'A pattern is for source aws alone; use types and filter.';
  if (foreign.length > 0) return foreign.map((key) => source.mistakeAt([...path, key], sentence, 'key'));
  const missing = isAws ? 'pattern' : 'types';
  if (trigger[missing] === undefined) return [source.mistakeAt(path, `"${missing}" is missing.`)];
  return isAws
    ? [...patternMistakes(trigger, path, source), ...awsMistakes(trigger, path, source)]
    : patternMistakes(trigger, path, source);
}

/** The default bus has the events of the whole account. */
function awsMistakes({ pattern = {} }: EventDeclaration, path: JsonPath, source: SourceText): Mistake[] {
  // Within $or a source would stand in place of this one.
  const alternatives = Array.isArray(pattern.$or) ? pattern.$or : [];
  const isHidden = alternatives.some((each) => Object.hasOwn(Object(each), 'source'));
  if (isHidden || !Array.isArray(pattern.source) || pattern.source.length === 0) {
    const message =
      'The pattern needs a source of its own, such as [aws.s3]: without one it matches everything that happens in the account.';
    return [source.mistakeAt([...path, 'pattern'], message)];
  }
  if (namesMachines(pattern.detail) || !matchesSource(pattern.source, 'aws.states')) return [];
  const message =
    'With aws.states the pattern must name machines in detail.stateMachineArn, whole, by suffix or by wildcard: each run tells of itself there, and would start another.';
  return [source.mistakeAt([...path, 'pattern'], message)];
}

/** Are they named so that ours, which the pattern's author knows, can be left out: whole, by their end, or with wildcards? */
function namesMachines(detail: unknown): boolean {
  const named: unknown = Reflect.get(Object(detail), 'stateMachineArn');
  return (
    Array.isArray(named) &&
    named.length > 0 &&
    named.every(
      (each) => typeof each === 'string' || Object.entries(Object(each)).every(([operator, value]) => isNarrow(operator, value)),
    )
  );
}

/** The end of a name, or a wildcard that is not everything. */
const isNarrow = (operator: string, value: unknown): boolean =>
  typeof value === 'string' && (operator === 'suffix' || (operator === 'wildcard' && /[^*]/.test(value)));

function matchesSource(sources: readonly unknown[], source: string): boolean {
  try {
    return compilePattern({ source: sources })({ source });
  } catch (error) {
    // Told as a mistake of its own.
    if (error instanceof InvalidEventPattern) return false;
    throw error;
  }
}

function patternMistakes(trigger: EventDeclaration, path: JsonPath, source: SourceText): Mistake[] {
  try {
    compilePattern(eventPatternOf({ ...trigger, types: trigger.types ?? [], workspace: DEFAULT_WORKSPACE }));
    return [];
  } catch (error) {
    if (!(error instanceof InvalidEventPattern)) throw error;
    return [source.mistakeAt([...path, ...placeOf(trigger, error)], `This is no EventBridge pattern: ${error.problem}.`)];
  }
}

/** What the author has written of the pattern's faulty part. */
function placeOf(trigger: EventDeclaration, { path }: InvalidEventPattern): JsonPath {
  if (trigger.source === AWS_SOURCE) return ['pattern', ...path];
  const [detail, data, ...within] = path;
  return detail === 'detail' && data === 'data' ? ['filter', ...within] : [trigger.filter ? 'filter' : 'types'];
}

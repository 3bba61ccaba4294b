import { InvalidEventPattern } from '../../events/pattern/invalid-event-pattern.ts';
import { compilePattern } from '../../events/pattern/pattern.ts';
import { readSchedule } from '../../schedules/read-schedule.ts';
import { eventPatternOf } from '../../triggers/event-pattern.ts';
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
      return patternMistakes(trigger, path, source);
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

function patternMistakes(trigger: TriggerDeclaration & { kind: 'event' }, path: JsonPath, source: SourceText): Mistake[] {
  try {
    compilePattern(eventPatternOf({ ...trigger, workspace: DEFAULT_WORKSPACE }));
    return [];
  } catch (error) {
    if (!(error instanceof InvalidEventPattern)) throw error;
    const [detail, data, ...within] = error.path;
    const place = detail === 'detail' && data === 'data' ? ['filter', ...within] : [trigger.filter ? 'filter' : 'types'];
    return [source.mistakeAt([...path, ...place], `This is no EventBridge pattern: ${error.problem}.`)];
  }
}

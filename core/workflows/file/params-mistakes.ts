import { inputFaults } from '../../triggers/input-faults.ts';
import type { InputSchemas } from '../input.ts';
import type { DeclaredTrigger } from '../manifest.ts';
import type { Mistake, SourceText } from '../source-text.ts';

/** Schedules whose params are not what the workflow's own `input.params` asks of everybody else. */
export function paramsMistakes(
  { input, triggers }: { readonly input?: InputSchemas; readonly triggers: readonly DeclaredTrigger[] },
  source: SourceText,
): Mistake[] {
  const schema = input?.params;
  if (!schema) return [];
  return triggers.flatMap((trigger, index) => {
    if (trigger.kind !== 'schedule') return [];
    return inputFaults(schema, trigger.params ?? {}).map(({ pointer, detail }) => {
      const steps = pointer.split('/').slice(1);
      const within = steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
      return source.mistakeAt(['triggers', index, 'params', ...within], `params${pointer} ${detail}, by input.params.`);
    });
  });
}

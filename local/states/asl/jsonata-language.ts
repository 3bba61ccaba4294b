import type { ComputedField, QueryLanguage } from './query-language.ts';

export const jsonataLanguage: QueryLanguage = {
  mismatch: 'States.QueryEvaluationError',
  argumentsOf: async ({ Arguments }, run) => (Arguments === undefined ? run.input : run.evaluate(Arguments, 'Arguments')),
  passed: async () => ({}),
  async field(state, field, run) {
    const { [field]: template } = state as Partial<Record<ComputedField, unknown>>;
    return template === undefined ? undefined : run.evaluate(template, field);
  },
  items: async ({ Items }, run) => (Items === undefined ? run.input : run.evaluate(Items, 'Items')),
  itemInput: async ({ ItemSelector }, run, mapItem) =>
    ItemSelector === undefined ? mapItem.Value : run.evaluate(ItemSelector, 'ItemSelector', { mapItem }),
  matches: async ({ Condition }, field, run) => run.evaluate(Condition, `${field}/Condition`),
  async settle({ fallback, shaping, next: _next, ...findings }, _state, run) {
    const { Assign, Output } = shaping;
    return {
      assigned: Assign === undefined ? {} : await run.evaluate(Assign, 'Assign', findings),
      output: Output === undefined ? fallback : await run.evaluate(Output, 'Output', findings),
    };
  },
};

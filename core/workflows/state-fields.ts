import { nearest } from './file/near.ts';

type Language = 'JSONata' | 'JSONPath';

const EVERY = ['Type', 'Comment', 'QueryLanguage'];
const LEAVES = ['Next', 'End'];
const RECOVERS = ['Retry', 'Catch'];
const FILTERS = ['InputPath', 'OutputPath'];
const WORKS = ['Parameters', 'ResultSelector', 'ResultPath'];
const ITERATES = ['ItemProcessor', 'ItemSelector', 'ItemReader', 'ItemBatcher', 'ResultWriter', 'Label'];

/** Fields that JSONPath has twice: with a value, and as `<field>Path` with the path to it. */
const COMPUTED: Readonly<Record<string, readonly string[]>> = {
  Task: ['TimeoutSeconds', 'HeartbeatSeconds'],
  Wait: ['Seconds', 'Timestamp'],
  Fail: ['Error', 'Cause'],
  Map: ['MaxConcurrency', 'ToleratedFailureCount', 'ToleratedFailurePercentage'],
};

/** The fields of each type of state (https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html). */
const FIELDS: Readonly<Record<Language, Readonly<Record<string, readonly string[]>>>> = {
  JSONata: {
    Task: ['Resource', 'Arguments', 'Credentials', 'Assign', 'Output', ...RECOVERS, ...LEAVES],
    Pass: ['Assign', 'Output', ...LEAVES],
    Choice: ['Choices', 'Default', 'Assign', 'Output'],
    Wait: ['Assign', 'Output', ...LEAVES],
    Succeed: ['Output'],
    Fail: [],
    Parallel: ['Branches', 'Arguments', 'Assign', 'Output', ...RECOVERS, ...LEAVES],
    Map: [...ITERATES, 'Items', 'Assign', 'Output', ...RECOVERS, ...LEAVES],
  },
  JSONPath: {
    Task: ['Resource', 'Credentials', 'Assign', ...FILTERS, ...WORKS, ...RECOVERS, ...LEAVES],
    Pass: ['Result', 'Parameters', 'ResultPath', 'Assign', ...FILTERS, ...LEAVES],
    Choice: ['Choices', 'Default', 'Assign', ...FILTERS],
    Wait: ['Assign', ...FILTERS, ...LEAVES],
    Succeed: FILTERS,
    Fail: [],
    Parallel: ['Branches', 'Assign', ...FILTERS, ...WORKS, ...RECOVERS, ...LEAVES],
    Map: [...ITERATES, 'Iterator', 'ItemsPath', 'Assign', ...FILTERS, ...WORKS, ...RECOVERS, ...LEAVES],
  },
};

const fieldsOf = (type: string, language: Language): readonly string[] => {
  const computed = COMPUTED[type] ?? [];
  const paths = language === 'JSONPath' ? computed.map((field) => `${field}Path`) : [];
  return [...EVERY, ...(FIELDS[language][type] ?? []), ...computed, ...paths];
};

/** What is wrong with a field of a state of that type, said after the state's name; undefined when it has such a field. */
export function fieldProblem(field: string, type: string, language: Language): string | undefined {
  const known = fieldsOf(type, language);
  if (known.includes(field)) return undefined;
  if (language === 'JSONata' && fieldsOf(type, 'JSONPath').includes(field)) return `has ${field}, which is JSONPath; use JSONata.`;
  if (language === 'JSONPath' && fieldsOf(type, 'JSONata').includes(field)) {
    return `has ${field}, which is JSONata; put QueryLanguage: JSONata at the top of the definition or into the state.`;
  }
  const near = nearest(field, known);
  return `is a ${type}, which has no field ${field}${near === undefined ? '.' : `; did you mean ${near}?`}`;
}

/** The pairs of a field and its path that a state must not both have. */
export const computedFields = (type: string): readonly string[] => COMPUTED[type] ?? [];

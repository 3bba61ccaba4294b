import * as v from 'valibot';
import type { State, StateGraph } from './definition.ts';
import { isExpression } from './expression.ts';
import { ruleProblem } from './jsonpath/choice.ts';
import { jsonPathFields } from './jsonpath/schema.ts';

const LONGEST_TIMEOUT = 99_999_999;

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(80, 'a state name has at most 80 characters'));
const expression = v.custom<string>(isExpression, 'must be a JSONata expression in {% %}');
const seconds = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(LONGEST_TIMEOUT));
const timestamp = v.pipe(v.string(), v.isoTimestamp());
const percentage = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
const text = v.exactOptional(v.string());
const anything = v.exactOptional(v.unknown());
const optional = <T extends v.GenericSchema>(schema: T) => v.exactOptional(schema);
const orExpression = <T extends v.GenericSchema>(schema: T, message: string) => optional(v.union([schema, expression], message));

/** A variable's name is a Unicode identifier of at most 80 characters (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html). */
const variableName = v.pipe(
  v.string(),
  v.regex(/^[\p{ID_Start}_][\p{ID_Continue}]*$/u, 'a variable name must be an identifier, without $'),
  v.maxLength(80, 'a variable name has at most 80 characters'),
  v.check((variable) => variable !== 'states', 'the variable name states is reserved'),
);

const isVariable = (key: string): boolean => v.is(variableName, key.replace(/\.\$$/, ''));

const successor = { Next: optional(name), End: optional(v.boolean()) };
const errorEquals = v.pipe(
  v.array(v.string()),
  v.minLength(1),
  v.check((names) => !names.includes('States.ALL') || names.length === 1, 'States.ALL must stand alone'),
);

/** States.ALL must be in the last retrier or catcher (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html). */
const wildcardLast = (handlers: readonly { ErrorEquals: readonly string[] }[]) =>
  handlers.slice(0, -1).every((handler) => !handler.ErrorEquals.includes('States.ALL'));
const WILDCARD_LAST = 'States.ALL must come last';

const retriers = v.pipe(
  v.array(
    v.strictObject({
      ErrorEquals: errorEquals,
      IntervalSeconds: optional(seconds(1)),
      MaxAttempts: optional(seconds(0)),
      BackoffRate: optional(v.pipe(v.number(), v.minValue(1))),
      MaxDelaySeconds: optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(31_622_400))),
      JitterStrategy: optional(v.picklist(['FULL', 'NONE'])),
      Comment: text,
    }),
  ),
  v.check((handlers) => wildcardLast(handlers), WILDCARD_LAST),
);

/** Retry and Catch; `shaping` are the fields of a catcher that say what becomes of the error. */
const recovery = <T extends v.ObjectEntries>(shaping: T) => ({
  Retry: optional(retriers),
  Catch: optional(
    v.pipe(
      v.array(v.strictObject({ ErrorEquals: errorEquals, Next: name, Comment: text, ...shaping })),
      v.check((handlers) => wildcardLast(handlers as readonly { ErrorEquals: readonly string[] }[]), WILDCARD_LAST),
    ),
  ),
});

const state: v.GenericSchema<unknown, State> = v.lazy(() => v.variant('QueryLanguage', [jsonata, jsonPath]));

const graph = { StartAt: name, States: v.record(name, state) } satisfies Record<keyof StateGraph, unknown>;
const branches = v.pipe(v.array(v.strictObject({ ...graph, Comment: text })), v.minLength(1));
const itemProcessor = v.strictObject({
  ...graph,
  Comment: text,
  ProcessorConfig: optional(
    v.variant('Mode', [
      v.strictObject({ Mode: v.literal('INLINE') }),
      v.strictObject({ Mode: v.literal('DISTRIBUTED'), ExecutionType: v.picklist(['STANDARD', 'EXPRESS']) }),
    ]),
  ),
});

const jsonataState = <const T extends string, E extends v.ObjectEntries>(type: T, entries: E) =>
  v.strictObject({ Type: v.literal(type), QueryLanguage: v.literal('JSONata'), Comment: text, ...entries });
const assign = { Assign: optional(v.record(variableName, v.unknown())) };
const shaping = { ...assign, Output: anything };

const jsonata = v.variant('Type', [
  jsonataState('Task', {
    ...shaping,
    ...successor,
    ...recovery(shaping),
    Resource: v.string(),
    Arguments: anything,
    TimeoutSeconds: orExpression(seconds(1), 'must be a positive number of seconds or an expression'),
    HeartbeatSeconds: orExpression(seconds(1), 'must be a positive number of seconds or an expression'),
  }),
  jsonataState('Pass', { ...shaping, ...successor }),
  jsonataState('Wait', {
    ...shaping,
    ...successor,
    Seconds: orExpression(seconds(0), 'must be a number of seconds or an expression'),
    Timestamp: orExpression(timestamp, 'must be an ISO 8601 time or an expression'),
  }),
  jsonataState('Choice', {
    ...shaping,
    Choices: v.pipe(
      v.array(
        v.strictObject({
          Condition: v.union([expression, v.boolean()], 'must be an expression or a boolean'),
          Next: name,
          ...shaping,
          Comment: text,
        }),
      ),
      v.minLength(1),
    ),
    Default: optional(name),
  }),
  jsonataState('Succeed', { Output: anything }),
  jsonataState('Fail', { Error: text, Cause: text }),
  jsonataState('Parallel', { ...shaping, ...successor, ...recovery(shaping), Branches: branches, Arguments: anything }),
  jsonataState('Map', {
    ...shaping,
    ...successor,
    ...recovery(shaping),
    ItemProcessor: itemProcessor,
    Items: orExpression(v.array(v.unknown()), 'must be an array or an expression'),
    ItemSelector: anything,
    MaxConcurrency: orExpression(seconds(0), 'must be a number or an expression'),
    ToleratedFailureCount: orExpression(seconds(0), 'must be a number or an expression'),
    ToleratedFailurePercentage: orExpression(percentage, 'must be a percentage or an expression'),
  }),
]);

const { path, referencePath, queryOrPath, payload, assignments } = jsonPathFields;
const jsonPathState = <const T extends string, E extends v.ObjectEntries>(type: T, entries: E) =>
  v.strictObject({ Type: v.literal(type), QueryLanguage: v.literal('JSONPath'), Comment: text, ...entries });
const variables = {
  Assign: optional(
    v.pipe(
      assignments,
      v.check((assigned) => Object.keys(assigned).every(isVariable), 'a variable name must be an identifier, without $'),
    ),
  ),
};
const filters = { InputPath: optional(v.nullable(path)), OutputPath: optional(v.nullable(path)) };
const resultPath = { ResultPath: optional(v.nullable(referencePath)) };
const template = optional(payload);
const working = { ...filters, ...resultPath, ...variables, ResultSelector: template, Parameters: template };
const handled = recovery({ ...resultPath, ...variables });

const jsonPath = v.variant('Type', [
  jsonPathState('Task', {
    ...working,
    ...successor,
    ...handled,
    Resource: v.string(),
    TimeoutSeconds: optional(seconds(1)),
    TimeoutSecondsPath: optional(path),
    HeartbeatSeconds: optional(seconds(1)),
    HeartbeatSecondsPath: optional(path),
  }),
  jsonPathState('Pass', { ...filters, ...resultPath, ...variables, ...successor, Parameters: template, Result: anything }),
  jsonPathState('Wait', {
    ...filters,
    ...variables,
    ...successor,
    Seconds: optional(seconds(0)),
    SecondsPath: optional(path),
    Timestamp: optional(timestamp),
    TimestampPath: optional(path),
  }),
  jsonPathState('Choice', {
    ...filters,
    ...variables,
    Choices: v.pipe(
      v.array(
        v.pipe(
          v.looseObject({ Next: name, Comment: text, ...variables }),
          v.rawCheck(({ dataset, addIssue }) => {
            const problem = dataset.typed ? ruleProblem(dataset.value) : undefined;
            if (problem !== undefined) addIssue({ message: problem });
          }),
        ),
      ),
      v.minLength(1),
    ),
    Default: optional(name),
  }),
  jsonPathState('Succeed', filters),
  jsonPathState('Fail', { Error: text, Cause: text, ErrorPath: optional(queryOrPath), CausePath: optional(queryOrPath) }),
  jsonPathState('Parallel', { ...working, ...successor, ...handled, Branches: branches }),
  jsonPathState('Map', {
    ...working,
    ...successor,
    ...handled,
    ItemProcessor: itemProcessor,
    ItemsPath: optional(path),
    ItemSelector: template,
    MaxConcurrency: optional(seconds(0)),
    MaxConcurrencyPath: optional(path),
    ToleratedFailureCount: optional(seconds(0)),
    ToleratedFailureCountPath: optional(path),
    ToleratedFailurePercentage: optional(percentage),
    ToleratedFailurePercentagePath: optional(path),
  }),
]);

export const definitionSchema = v.strictObject({
  Comment: text,
  QueryLanguage: optional(v.picklist(['JSONata', 'JSONPath'])),
  ...graph,
  Version: optional(v.literal('1.0')),
  TimeoutSeconds: optional(seconds(1)),
});

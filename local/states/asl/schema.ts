import * as v from 'valibot';
import type { State, StateGraph } from './definition.ts';
import { isExpression } from './expression.ts';

const LONGEST_TIMEOUT = 99_999_999;

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(80, 'a state name has at most 80 characters'));
const expression = v.custom<string>(isExpression, 'must be a JSONata expression in {% %}');
const seconds = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(LONGEST_TIMEOUT));

/** A variable's name is a Unicode identifier of at most 80 characters (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html). */
const variableName = v.pipe(
  v.string(),
  v.regex(/^[\p{ID_Start}_][\p{ID_Continue}]*$/u, 'a variable name must be an identifier, without $'),
  v.maxLength(80, 'a variable name has at most 80 characters'),
  v.check((variable) => variable !== 'states', 'the variable name states is reserved'),
);

const described = {
  Comment: v.exactOptional(v.string()),
  QueryLanguage: v.exactOptional(v.picklist(['JSONata', 'JSONPath'])),
};
const shaping = { Assign: v.exactOptional(v.record(variableName, v.unknown())), Output: v.exactOptional(v.unknown()) };
const successor = { Next: v.exactOptional(name), End: v.exactOptional(v.boolean()) };
const errorEquals = v.pipe(
  v.array(v.string()),
  v.minLength(1),
  v.check((names) => !names.includes('States.ALL') || names.length === 1, 'States.ALL must stand alone'),
);

/** States.ALL must be in the last retrier or catcher (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html). */
const wildcardLast = (handlers: readonly { ErrorEquals: readonly string[] }[]) =>
  handlers.slice(0, -1).every((handler) => !handler.ErrorEquals.includes('States.ALL'));
const WILDCARD_LAST = 'States.ALL must come last';

const recovery = {
  Retry: v.exactOptional(
    v.pipe(
      v.array(
        v.strictObject({
          ErrorEquals: errorEquals,
          IntervalSeconds: v.exactOptional(seconds(1)),
          MaxAttempts: v.exactOptional(seconds(0)),
          BackoffRate: v.exactOptional(v.pipe(v.number(), v.minValue(1))),
          MaxDelaySeconds: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(31_622_400))),
          JitterStrategy: v.exactOptional(v.picklist(['FULL', 'NONE'])),
          Comment: v.exactOptional(v.string()),
        }),
      ),
      v.check((handlers) => wildcardLast(handlers), WILDCARD_LAST),
    ),
  ),
  Catch: v.exactOptional(
    v.pipe(
      v.array(v.strictObject({ ErrorEquals: errorEquals, Next: name, ...shaping, Comment: v.exactOptional(v.string()) })),
      v.check((handlers) => wildcardLast(handlers), WILDCARD_LAST),
    ),
  ),
};

const state: v.GenericSchema<unknown, State> = v.lazy(() =>
  v.variant('Type', [
    v.strictObject({
      Type: v.literal('Task'),
      ...described,
      ...shaping,
      ...successor,
      ...recovery,
      Resource: v.string(),
      Arguments: v.exactOptional(v.unknown()),
      TimeoutSeconds: v.exactOptional(v.union([seconds(1), expression], 'must be a positive number of seconds or an expression')),
    }),
    v.strictObject({ Type: v.literal('Pass'), ...described, ...shaping, ...successor }),
    v.strictObject({
      Type: v.literal('Wait'),
      ...described,
      ...shaping,
      ...successor,
      Seconds: v.exactOptional(v.union([seconds(0), expression], 'must be a number of seconds or an expression')),
      Timestamp: v.exactOptional(
        v.union([expression, v.pipe(v.string(), v.isoTimestamp())], 'must be an ISO 8601 time or an expression'),
      ),
    }),
    v.strictObject({
      Type: v.literal('Choice'),
      ...described,
      ...shaping,
      Choices: v.pipe(
        v.array(
          v.strictObject({
            Condition: v.union([expression, v.boolean()], 'must be an expression or a boolean'),
            Next: name,
            ...shaping,
            Comment: v.exactOptional(v.string()),
          }),
        ),
        v.minLength(1),
      ),
      Default: v.exactOptional(name),
    }),
    v.strictObject({ Type: v.literal('Succeed'), ...described, Output: v.exactOptional(v.unknown()) }),
    v.strictObject({
      Type: v.literal('Fail'),
      ...described,
      Error: v.exactOptional(v.string()),
      Cause: v.exactOptional(v.string()),
    }),
    v.strictObject({
      Type: v.literal('Parallel'),
      ...described,
      ...shaping,
      ...successor,
      ...recovery,
      Branches: v.pipe(v.array(v.strictObject({ ...graph, Comment: v.exactOptional(v.string()) })), v.minLength(1)),
      Arguments: v.exactOptional(v.unknown()),
    }),
    v.strictObject({
      Type: v.literal('Map'),
      ...described,
      ...shaping,
      ...successor,
      ...recovery,
      ItemProcessor: v.strictObject({
        ...graph,
        Comment: v.exactOptional(v.string()),
        ProcessorConfig: v.exactOptional(v.strictObject({ Mode: v.literal('INLINE', 'only INLINE is supported locally') })),
      }),
      Items: v.exactOptional(v.union([v.array(v.unknown()), expression], 'must be an array or an expression')),
      ItemSelector: v.exactOptional(v.unknown()),
      MaxConcurrency: v.exactOptional(v.union([seconds(0), expression], 'must be a number or an expression')),
    }),
  ]),
);

const graph = { StartAt: name, States: v.record(name, state) } satisfies Record<keyof StateGraph, unknown>;

export const definitionSchema = v.strictObject({
  ...described,
  ...graph,
  Version: v.exactOptional(v.literal('1.0')),
  TimeoutSeconds: v.exactOptional(seconds(1)),
});

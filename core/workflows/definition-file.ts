import aslValidator from 'asl-validator';
import jsonata from 'jsonata';
import { compileExpressions } from './expressions/compile.ts';
import { readGraphs } from './expressions/state-graph.ts';
import { type HttpCall, readHttpCalls } from './http-tasks.ts';
import type { PermissionStatement } from './permission-statement.ts';
import { derivePermissions } from './permissions.ts';
import { InvalidFileError, type JsonPath, type Mistake, parseSourceText, type SourceText } from './source-text.ts';
import { isLanguage, machineMistakes } from './state-checks.ts';

/** A state machine in the Amazon States Language, valid as far as can be known without AWS. */
export interface Definition {
  /** The names of the tasks it calls, `${tasks.<name>}` in it, each once. */
  readonly tasks: readonly string[];
  /** Does it call `${millrace.callbacks}`? */
  readonly usesCallbacks: boolean;
  /** What its role must be allowed besides calling its tasks, callbacks and HTTP steps, as far as its own resources say. */
  readonly permissions: readonly PermissionStatement[];
  /** What its HTTP steps call. */
  readonly httpCalls: readonly HttpCall[];
  /**
   * The definition as Step Functions takes it: expressions have become JSONata, each `${tasks.<name>}` is what `arnOf` gives, each
   * `${connections.<name>}` what `connectionArnOf` gives, and each `${millrace.callbacks}` is `callbacksArn`; without these they stay as
   * they are.
   */
  resolve(arnOf: (task: string) => string, connectionArnOf?: (connection: string) => string, callbacksArn?: string): object;
}

type Json = Readonly<Record<string, unknown>>;

const EXAMPLE_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:task:1';

/**
 * Parses and checks a definition (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html);
 * `file` is its name in messages, `knownTasks` are the tasks that exist, `explicit` the permissions of workflow.yaml and
 * `connections` the names of its connections. Throws `InvalidFileError` with every mistake and its place.
 */
export function parseDefinition(
  file: string,
  text: string,
  knownTasks: readonly string[],
  explicit: readonly PermissionStatement[] = [],
  connections: readonly string[] = [],
): Definition {
  const source = parseSourceText(file, text);
  const { value } = source;
  if (!isObject(value)) throw new InvalidFileError([source.mistakeAt([], 'A definition is a mapping with StartAt and States.')]);
  // https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
  const { QueryLanguage: language = 'JSONPath' } = value;
  if (!isLanguage(language)) {
    throw new InvalidFileError([source.mistakeAt(['QueryLanguage'], 'QueryLanguage must be JSONata or JSONPath.')]);
  }

  const expressions = compileExpressions(source, value);
  const mistakes: Mistake[] = [...expressions.mistakes];
  for (const { name, path } of expressions.tasks) {
    if (!knownTasks.includes(name)) mistakes.push(source.mistakeAt(path, `The task ${name} has no module tasks/${name}.ts.`));
  }
  for (const state of readGraphs(value).flatMap(({ states }) => [...states.values()])) {
    if (state.language !== 'JSONata') continue;
    const own = Object.entries(state.fields).filter(([field]) => !INNER_MACHINES.includes(field));
    visitTexts(Object.fromEntries(own), state.path, (content, path) => {
      const problem = jsonataProblem(content);
      if (problem) mistakes.push(source.mistakeAt(path, problem));
    });
  }
  mistakes.push(...machineMistakes(source, value, [], language));
  const permissions = derivePermissions(value, explicit);
  mistakes.push(...permissions.mistakes.map(({ path, message }) => source.mistakeAt(path, message)));
  const http = readHttpCalls(source, value, connections);
  mistakes.push(...http.mistakes);
  // The library knows JSONPath's paths and payload templates. Of JSONata it knows less than the checks above, and it takes a tenth of a
  // second for each definition. Its findings repeat ours in vaguer words, so they count only where we found nothing.
  if (mistakes.length === 0 && language === 'JSONPath')
    mistakes.push(
      ...libraryMistakes(
        source,
        expressions.build(() => EXAMPLE_ARN),
      ),
    );
  if (mistakes.length > 0) throw new InvalidFileError(mistakes.toSorted(byPlace));

  return {
    tasks: [...new Set(expressions.tasks.map(({ name }) => name))].sort(),
    usesCallbacks: expressions.platformFunctions.has('callbacks'),
    permissions: permissions.statements,
    httpCalls: http.calls,
    resolve: (arnOf, connectionArnOf = (name) => `\${connections.${name}}`, callbacksArn = `\${millrace.callbacks}`) =>
      expressions.build((kind, name) => {
        if (kind === 'millrace') return callbacksArn;
        return kind === 'tasks' ? arnOf(name) : connectionArnOf(name);
      }),
  };
}

/** As a reader of the file comes to them. */
function byPlace({ place: a }: Mistake, { place: b }: Mistake): number {
  const [[lineA = 0, columnA = 0], [lineB = 0, columnB = 0]] = [positionOf(a), positionOf(b)];
  return lineA - lineB || columnA - columnB;
}

const positionOf = (place: string): number[] => place.split(':').slice(-2).map(Number);

/** What is wrong with a text that is, or was meant to be, a JSONata expression between `{%` and `%}`. */
function jsonataProblem(content: string): string | undefined {
  const opens = content.startsWith('{%');
  const closes = content.endsWith('%}');
  if (!opens && !closes) return undefined;
  if (!opens || !closes) return 'A JSONata expression begins with {% and ends with %}, with nothing around them.';
  try {
    jsonata(content.slice(2, -2));
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    const hint = content.includes('${') ? ` Expressions in \${ and } are not replaced within {% and %}.` : '';
    return `This JSONata expression is not valid: ${message}.${hint}`;
  }
}

function libraryMistakes(source: SourceText, definition: Json): Mistake[] {
  const errors = libraryErrors(JSON.stringify(simplifiedMachine(definition, definition.QueryLanguage)));
  const found = errors.map(({ Message, schemaError }) => {
    const [, format] = /must match format "(\w+)"/.exec(Message) ?? [];
    const problem = FORMATS[format ?? ''];
    const said = Message.replace(/^\/\S* is invalid\. /, '');
    const message = problem ?? (said.includes(' oneOf') ? 'This is not what the Amazon States Language has here.' : `${said}.`);
    const mistake = source.mistakeAt(schemaError ? pointerSteps(schemaError.instancePath) : [], message);
    return { isPath: problem !== undefined, mistake };
  });
  // After a path that isn't one the library also complains of other things, for which there is no reason.
  const paths = found.filter(({ isPath }) => isPath);
  const told = (paths.length > 0 ? paths : found).map(({ mistake }) => mistake);
  return [...new Map(told.map((mistake) => [`${mistake.place} ${mistake.message}`, mistake])).values()];
}

/** What the library's names of formats mean (https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html). */
const FORMATS: Readonly<Record<string, string>> = {
  asl_path: 'This is not a valid path, such as $.order.id.',
  asl_ref_path: 'This is not a valid reference path, which names one place, such as $.order.lines[0].',
  asl_result_path: 'This is not a valid reference path, which names one place, such as $.order.lines[0].',
  asl_payload_template: 'This is neither a path nor an intrinsic function, such as $.order.id or States.UUID().',
};

const knownErrors = new Map<string, ReturnType<typeof aslValidator>['errors']>();

/** Kept, because the library compiles its schemas anew for each call: a team's tests read one definition many times. */
function libraryErrors(definition: string) {
  const errors = knownErrors.get(definition) ?? aslValidator(JSON.parse(definition), { checkPaths: true, checkArn: true }).errors;
  knownErrors.set(definition, errors);
  return errors;
}

const INNER_MACHINES = ['Branches', 'ItemProcessor', 'Iterator'];

/** A copy for the library, in which JSONata states are simplified. */
function simplifiedMachine(machine: Json, language: unknown): Json {
  if (!isObject(machine.States)) return machine;
  const states = Object.entries(machine.States).map(([name, state]) => [name, simplifiedState(state, language)] as const);
  return { ...machine, States: Object.fromEntries(states) };
}

function simplifiedState(state: unknown, inherited: unknown): unknown {
  if (!isObject(state)) return state;
  const isJsonata = (state.QueryLanguage ?? inherited) === 'JSONata';
  const inner = (machine: unknown): unknown => {
    if (Array.isArray(machine)) return machine.map(inner);
    return isObject(machine) ? simplifiedMachine(machine, inherited) : machine;
  };
  return Object.fromEntries(
    Object.entries(state).map(([field, value]) => {
      if (INNER_MACHINES.includes(field)) return [field, inner(value)];
      return [field, isJsonata ? simplified(value, field) : value];
    }),
  );
}

/**
 * A JSONata state's field for the library, whose schemas know JSONata only in part (no line breaks, no lists, few of the fields that
 * take it): what we checked ourselves is replaced by the plainest valid value.
 */
function simplified(value: unknown, key: string): unknown {
  if (['Assign', 'Arguments', 'Output', 'ItemSelector', 'BatchInput'].includes(key)) return {};
  if (typeof value === 'string') {
    if (value.startsWith('{%')) return NUMERIC_FIELDS.includes(key) ? 1 : '{% 1 %}';
    return value;
  }
  if (Array.isArray(value)) return key === 'Items' ? '{% 1 %}' : value.map((item) => simplified(item, ''));
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, simplified(member, name)]));
  return value;
}

const NUMERIC_FIELDS = [
  'TimeoutSeconds',
  'HeartbeatSeconds',
  'MaxConcurrency',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
];

function visitTexts(value: unknown, path: JsonPath, visit: (text: string, path: JsonPath) => void): void {
  if (typeof value === 'string') visit(value, path);
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) visitTexts(item, [...path, index], visit);
  else if (isObject(value)) for (const [key, member] of Object.entries(value)) visitTexts(member, [...path, key], visit);
}

/** RFC 6901. */
const pointerSteps = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

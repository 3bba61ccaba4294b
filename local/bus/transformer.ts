import { isJson } from '../is-json.ts';
import { compilePath } from './json-path.ts';
import { fillTemplate, parseTemplate } from './template.ts';

/** The input part of a rule's target (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html); at most one may be set. */
interface TargetInput {
  readonly Input?: string | undefined;
  readonly InputPath?: string | undefined;
  readonly InputTransformer?:
    | { readonly InputTemplate: string; readonly InputPathsMap?: Readonly<Record<string, string>> | undefined }
    | undefined;
}

/** An event on its way to a target. */
interface TransformedEvent {
  /** The event's JSON, as it was accepted. */
  readonly json: string;
  readonly ruleArn: string;
  readonly ruleName: string;
  /** When the bus accepted the event: ISO 8601. */
  readonly ingestionTime: string;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html */
const LIMITS = { variables: 100, template: 8192, variableName: /^[A-Za-z0-9_-]{1,256}$/, path: 256 };

/**
 * Compiles what a target receives of an event into a function that gives that text: the whole event, `Input`, `InputPath` or `InputTransformer`,
 * as https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html says.
 * Throws an `Error` with a sentence when EventBridge would refuse the target.
 */
export function compileInput(target: TargetInput): (event: TransformedEvent) => string {
  const { Input, InputPath, InputTransformer } = target;
  if ([Input, InputPath, InputTransformer].filter((part) => part !== undefined).length > 1) {
    throw new Error('Only one of Input, InputPath and InputTransformer may be set.');
  }
  if (Input !== undefined) {
    if (Input.length > LIMITS.template) throw new Error(`Input has ${Input.length} characters and may have ${LIMITS.template}.`);
    if (!isJson(Input)) throw new Error('Input must be valid JSON.');
    return () => Input;
  }
  if (InputPath !== undefined) {
    if (InputPath.length > LIMITS.path)
      throw new Error(`InputPath has ${InputPath.length} characters and may have ${LIMITS.path}.`);
    if (InputPath === '$') return (event) => event.json;
    const read = compilePath(InputPath);
    return (event) => JSON.stringify(read(JSON.parse(event.json)) ?? null);
  }
  return InputTransformer === undefined ? (event) => event.json : compileTransformer(InputTransformer);
}

function compileTransformer(transformer: NonNullable<TargetInput['InputTransformer']>): (event: TransformedEvent) => string {
  const { InputTemplate, InputPathsMap = {} } = transformer;
  const entries = Object.entries(InputPathsMap);
  if (entries.length > LIMITS.variables)
    throw new Error(`InputPathsMap has ${entries.length} variables and may have ${LIMITS.variables}.`);
  if (InputTemplate.length < 1 || InputTemplate.length > LIMITS.template) {
    throw new Error(`InputTemplate has ${InputTemplate.length} characters and may have 1 to ${LIMITS.template}.`);
  }
  const paths = new Map<string, (event: unknown) => unknown>();
  for (const [name, path] of entries) {
    if (!LIMITS.variableName.test(name) || name.toUpperCase().startsWith('AWS.') || path.length > LIMITS.path) {
      throw new Error(`InputPathsMap can't have the variable ${name}.`);
    }
    paths.set(name, compilePath(path));
  }
  const pieces = parseTemplate(InputTemplate);
  for (const piece of pieces) {
    if (typeof piece !== 'string' && !paths.has(piece.variable) && !Object.hasOwn(PREDEFINED, piece.variable)) {
      throw new Error(`InputTemplate contains the unknown placeholder <${piece.variable}>.`);
    }
  }
  if (InputTemplate.trimStart().startsWith('{') && !isJson(fillTemplate(pieces, () => 0))) {
    throw new Error('InputTemplate must be valid JSON, with placeholders as values or within strings.');
  }
  return (event) => {
    const parsed: unknown = JSON.parse(event.json);
    return fillTemplate(pieces, (variable) => {
      const read = paths.get(variable);
      return read === undefined ? predefined(variable, event, parsed) : read(parsed);
    });
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html#eb-transform-input-predefined */
const PREDEFINED: Readonly<Record<string, (event: TransformedEvent, parsed: unknown) => unknown>> = {
  'aws.events.rule-arn': (event) => event.ruleArn,
  'aws.events.rule-name': (event) => event.ruleName,
  'aws.events.event.ingestion-time': (event) => event.ingestionTime,
  'aws.events.event': (_event, parsed) => Object.fromEntries(Object.entries(Object(parsed)).filter(([name]) => name !== 'detail')),
  'aws.events.event.json': (_event, parsed) => parsed,
};

function predefined(variable: string, event: TransformedEvent, parsed: unknown): unknown {
  return Object.hasOwn(PREDEFINED, variable) ? PREDEFINED[variable]?.(event, parsed) : undefined;
}

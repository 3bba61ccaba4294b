import jsonata from 'jsonata';
import { isAllowedUrl } from './connections.ts';
import { isRefusedHeader } from './http-headers.ts';
import type { JsonPath, Mistake, SourceText } from './source-text.ts';

/** What an HTTP step calls, as far as the definition says it: all that its permission is derived from. */
export interface HttpCall {
  /** The name of its connection in `workflow.yaml`. */
  readonly connection: string;
  readonly method: string;
  /** The whole URL, or what it begins with: an origin, a slash, and as much of the path as is literal. */
  readonly endpoint: { readonly url: string; readonly matches: 'exactly' | 'asPrefix' };
}

type Json = Readonly<Record<string, unknown>>;

const HTTP_INVOKE = 'arn:aws:states:::http:invoke';

/** https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html */
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'];

const CONNECTION = /^\$\{connections\.([^}]*)\}$/;

/**
 * The HTTP steps of a definition as its file has it, those in branches and item processors too, and what is wrong with them.
 * `connections` are the names in `workflow.yaml`. A step with a mistake is not among the calls.
 */
export function readHttpCalls(
  source: SourceText,
  definition: Json,
  connections: readonly string[],
): { readonly calls: readonly HttpCall[]; readonly mistakes: readonly Mistake[] } {
  const calls: HttpCall[] = [];
  const mistakes: Mistake[] = [];
  for (const { name, state, path } of tasksWithin(definition, [])) {
    if (typeof state.Resource !== 'string' || !state.Resource.startsWith('arn:aws:states:::http:')) continue;
    const found = readCall(source, name, state, path, connections);
    if ('call' in found) calls.push(found.call);
    else mistakes.push(...found.mistakes);
  }
  return { calls, mistakes };
}

/** A mistake for each connection of `workflow.yaml` (its text is `source`) that no HTTP step names. */
export function unusedConnections(source: SourceText, connections: readonly string[], calls: readonly HttpCall[]): Mistake[] {
  return connections
    .filter((name) => !calls.some(({ connection }) => connection === name))
    .map((name) => {
      const message = `No HTTP step uses the connection ${name}: name it by ConnectionArn: \${connections.${name}} or take it out.`;
      return source.mistakeAt(['connections', name], message, 'key');
    });
}

function readCall(
  source: SourceText,
  name: string,
  state: Json,
  path: JsonPath,
  connections: readonly string[],
): { readonly call: HttpCall } | { readonly mistakes: readonly Mistake[] } {
  const mistakes: Mistake[] = [];
  const field = 'Parameters' in state ? 'Parameters' : 'Arguments';
  const given = isObject(state[field]) ? state[field] : {};
  const wrong = (at: JsonPath, message: string): undefined => {
    mistakes.push(source.mistakeAt([...path, ...at], `The state "${name}" ${message}`));
  };

  if (state.Resource !== HTTP_INVOKE)
    wrong(['Resource'], `must have the Resource ${HTTP_INVOKE}: an HTTP step only waits for the response.`);
  if (state[field] !== undefined && !isObject(state[field])) {
    wrong([field], `must have ${field} that are a mapping, so that its permission can be derived.`);
    return { mistakes };
  }

  const method = METHODS.find((known) => known === given.Method);
  if (method === undefined) wrong([field, 'Method'], `needs a Method, written out: ${METHODS.join(', ')}.`);

  const endpoint = endpointOf(given);
  if (endpoint === 'missing') wrong([field, 'ApiEndpoint'], 'needs an ApiEndpoint, the URL to call.');
  else if (endpoint === 'underivable') {
    const message =
      'must have an ApiEndpoint that begins with a literal https origin and a slash, such as https://api.example.com/, so that its permission can be derived.';
    wrong([field, 'ApiEndpoint' in given ? 'ApiEndpoint' : 'ApiEndpoint.$'], message);
  }

  const holder = 'InvocationConfig' in given ? 'InvocationConfig' : 'Authentication';
  const reference = isObject(given[holder]) ? given[holder].ConnectionArn : undefined;
  const connection = typeof reference === 'string' ? CONNECTION.exec(reference)?.[1] : undefined;
  if (connection === undefined) {
    wrong(
      [field, holder, 'ConnectionArn'],
      `needs ${holder}.ConnectionArn: \${connections.<name>}, a connection of workflow.yaml.`,
    );
  } else if (!connections.includes(connection)) {
    const known = connections.length === 0 ? 'it has none' : `it has ${connections.join(', ')}`;
    wrong(
      [field, holder, 'ConnectionArn'],
      `names the connection ${connection}, which workflow.yaml does not have under connections; ${known}.`,
    );
  }

  for (const header of Object.keys(isObject(given.Headers) ? given.Headers : {})) {
    if (isRefusedHeader(header.replace(/\.\$$/, '')))
      wrong(
        [field, 'Headers', header],
        `sets the header ${header}, which Step Functions refuses; what authorizes it belongs into a connection.`,
      );
  }

  if (mistakes.length > 0 || method === undefined || connection === undefined || typeof endpoint === 'string') return { mistakes };
  return { call: { connection, method, endpoint } };
}

/** What is literal of the URL. An origin counts only with the slash after it, else any host that begins like it would be allowed as well. */
function endpointOf(given: Json): HttpCall['endpoint'] | 'missing' | 'underivable' {
  const text = given.ApiEndpoint ?? given['ApiEndpoint.$'];
  if (typeof text !== 'string' || text === '') return 'missing';
  const { literal, whole } = 'ApiEndpoint' in given ? literalStart(text) : literalOfFormat(text);
  if (whole) return isAllowedUrl(literal) && !literal.includes('${') ? { url: literal, matches: 'exactly' } : 'underivable';
  const [, origin = ''] = /^(https?:\/\/[^/?#*@]+\/)/.exec(literal) ?? [];
  return origin !== '' && isAllowedUrl(origin) ? { url: literal, matches: 'asPrefix' } : 'underivable';
}

interface Literal {
  readonly literal: string;
  readonly whole: boolean;
}

const NOTHING: Literal = { literal: '', whole: false };

/** A plain text, one with `${...}` in it, or a JSONata expression that joins texts with `&`. */
function literalStart(text: string): Literal {
  if (text.startsWith('{%') && text.endsWith('%}')) return literalOfExpression(text.slice(2, -2));
  const at = text.indexOf('${');
  return at < 0 ? { literal: text, whole: true } : { literal: text.slice(0, at), whole: false };
}

function literalOfExpression(expression: string): Literal {
  try {
    let node: jsonata.ExprNode | undefined = jsonata(expression).ast();
    let whole = true;
    while (node !== undefined && (node.type === 'block' || (node.type === 'binary' && node.value === '&'))) {
      if (node.type === 'binary') whole = false;
      node = node.type === 'block' ? node.expressions?.at(-1) : (node.lhs as jsonata.ExprNode | undefined);
    }
    return node?.type === 'string' ? { literal: String(node.value), whole } : NOTHING;
  } catch {
    // Whoever checks the definition's expressions says what is wrong with it.
    return NOTHING;
  }
}

/** JSONPath: `States.Format('https://api.example.com/users/{}', $.id)` (https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html). */
function literalOfFormat(text: string): Literal {
  const [, literal = ''] = /^States\.Format\(\s*'([^'{}\\]*)/.exec(text) ?? [];
  return { literal, whole: false };
}

function* tasksWithin(machine: Json, path: JsonPath): Generator<{ name: string; state: Json; path: JsonPath }> {
  if (!isObject(machine.States)) return;
  for (const [name, state] of Object.entries(machine.States)) {
    if (!isObject(state)) continue;
    const here = [...path, 'States', name];
    if (state.Type === 'Task') yield { name, state, path: here };
    const branches = Array.isArray(state.Branches) ? state.Branches : [];
    for (const [index, branch] of branches.entries())
      if (isObject(branch)) yield* tasksWithin(branch, [...here, 'Branches', index]);
    for (const key of ['ItemProcessor', 'Iterator']) {
      const inner = state[key];
      if (isObject(inner)) yield* tasksWithin(inner, [...here, key]);
    }
  }
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A route key's parts, ready to be matched. */
interface Route {
  /** As in the template: `ANY /webhook/{triggerId}` or `$default`. */
  readonly key: string;
  /** A method, or `ANY`. */
  readonly method: string;
  readonly segments: readonly Segment[];
}

export interface RouteMatch<Target> {
  readonly route: Route;
  readonly target: Target;
  /** Percent-decoded. */
  readonly pathParameters: Readonly<Record<string, string>>;
}

export interface RouteTable<Target> {
  /** Throws an `Error` when the key is no route key or is taken. */
  add(key: string, target: Target): void;
  /** The best route for a request; `path` is percent-encoded, as sent. Throws `URIError` when a path parameter is not decodable. */
  match(method: string, path: string): RouteMatch<Target> | undefined;
}

interface Segment {
  readonly kind: 'literal' | 'parameter' | 'greedy';
  readonly text: string;
}

const DEFAULT_KEY = '$default';
const ROUTE_KEY = /^(ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/.*)$/;

/**
 * Chooses routes in the order of https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html: full matches of
 * route and method, then those with a greedy path variable, then `$default`. Among full matches the page's example prefers a literal segment
 * to a variable, from left to right; a route of the method itself goes before `ANY`, which stands for methods that are not defined.
 */
export function createRouteTable<Target>(): RouteTable<Target> {
  const entries: { readonly route: Route; readonly target: Target }[] = [];
  return {
    add(key, target) {
      if (entries.some(({ route }) => route.key === key)) throw new Error(`The route ${key} exists already.`);
      entries.push({ route: parseRouteKey(key), target });
      entries.sort((a, b) => rank(a.route).localeCompare(rank(b.route)));
    },
    match(method, path) {
      const sent = path.split('/').slice(1);
      for (const { route, target } of entries) {
        if (route.method !== 'ANY' && route.method !== method) continue;
        const pathParameters = route.key === DEFAULT_KEY ? {} : parametersOf(route.segments, sent);
        if (pathParameters) return { route, target, pathParameters };
      }
      return undefined;
    },
  };
}

function parseRouteKey(key: string): Route {
  if (key === DEFAULT_KEY) return { key, method: 'ANY', segments: [] };
  const [, method, path] = ROUTE_KEY.exec(key) ?? [];
  if (method === undefined || path === undefined)
    throw new Error(`The route key ${key} is neither $default nor a method and a path.`);
  const segments = path.split('/').slice(1).map(parseSegment);
  if (segments.slice(0, -1).some(({ kind }) => kind === 'greedy')) {
    throw new Error(`The route ${key} has its greedy path variable not at the end.`);
  }
  return { key, method, segments };
}

function parseSegment(text: string): Segment {
  const [, name, plus] = /^\{([^{}+]+)(\+?)\}$/.exec(text) ?? [];
  if (name === undefined) return { kind: 'literal', text };
  return { kind: plus ? 'greedy' : 'parameter', text: name };
}

/** Sorts the routes: the lower, the earlier it is tried. */
function rank({ key, method, segments }: Route): string {
  if (key === DEFAULT_KEY) return '2';
  const greedy = segments.at(-1)?.kind === 'greedy' ? '1' : '0';
  const kinds = segments.map(({ kind }) => ({ literal: 'a', parameter: 'b', greedy: 'c' })[kind]).join('');
  return `${greedy}${kinds} ${method === 'ANY' ? '1' : '0'}`;
}

function parametersOf(segments: readonly Segment[], sent: readonly string[]): Record<string, string> | undefined {
  const greedy = segments.at(-1)?.kind === 'greedy';
  if (greedy ? sent.length < segments.length : sent.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const text = segment.kind === 'greedy' ? sent.slice(index).join('/') : (sent[index] ?? '');
    if (segment.kind === 'literal' ? text !== segment.text : text === '') return undefined;
    if (segment.kind !== 'literal') parameters[segment.text] = decodeURIComponent(text);
  }
  return parameters;
}

import * as v from 'valibot';
import type { ReceivedRequest } from '../../core/events/envelope.ts';
import type { Token } from '../../core/tokens/token.ts';
import type { HttpResult } from '../middleware/http-handler.ts';
import { json } from '../middleware/http-handler.ts';
import type { Api } from './api.ts';
import { readBody, readQuery } from './request.ts';

export type ObjectSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** What a route is asked: its path's id, its query and body as their schemas give them. */
interface Call<Query, Body> {
  readonly token: Token;
  /** The `{id}` of the path; empty where the path has none. */
  readonly id: string;
  readonly query: Query;
  readonly body: Body;
  /** As it came, without its credentials. */
  readonly request: ReceivedRequest;
  readonly now: Date;
}

export interface ApiRequest extends ReceivedRequest {
  readonly body: Buffer;
  readonly receivedAt: Date;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/v1/runs/{id}`: at most one `{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly query: ObjectSchema;
  readonly body: v.GenericSchema | undefined;
  readonly status: number;
  /** Of the answer's body; undefined where it has none. */
  readonly answer: v.GenericSchema | undefined;
  readonly answerTo: (api: Api, request: ApiRequest, token: Token, id: string) => Promise<HttpResult>;
}

interface RouteDefinition<Query extends ObjectSchema, Body extends v.GenericSchema, Answer extends v.GenericSchema> {
  readonly method: Route['method'];
  readonly path: string;
  readonly summary: string;
  readonly query?: Query;
  readonly body?: Body;
  readonly status?: number;
  readonly answer?: Answer;
  /** Headers of the answer, made of it. */
  readonly headers?: (answer: v.InferInput<Answer>, api: Api) => Record<string, string>;
  readonly handle: (api: Api, call: Call<v.InferOutput<Query>, v.InferOutput<Body>>) => Promise<v.InferInput<Answer>>;
}

const NO_QUERY = v.strictObject({});

/**
 * Declares a route; what its schemas say is checked before it is handled, and described in the OpenAPI document.
 * Raises, when called, 400 for a bad query, 415, 400 and 422 for a bad body, and what `handle` raises.
 */
export function route<
  Query extends ObjectSchema = typeof NO_QUERY,
  Body extends v.GenericSchema = v.UndefinedSchema<undefined>,
  Answer extends v.GenericSchema = v.UndefinedSchema<undefined>,
>(definition: RouteDefinition<Query, Body, Answer>): Route {
  const { method, path, summary, query = NO_QUERY, body, answer, headers, handle } = definition;
  const status = definition.status ?? (answer ? 200 : 204);
  return {
    method,
    path,
    summary,
    query,
    body,
    status,
    answer,
    async answerTo(api, request, token, id) {
      const call = {
        token,
        id,
        query: readQuery(query, request.query) as v.InferOutput<Query>,
        body: (body && readBody(body, request)) as v.InferOutput<Body>,
        request,
        now: request.receivedAt,
      };
      const answered = await handle(api, call);
      return answer ? json(status, answered, { 'cache-control': 'no-store', ...headers?.(answered, api) }) : { statusCode: status };
    },
  };
}

/** The routes at a path, and the path's `{id}`. */
export function routesAt(routes: readonly Route[], path: string): { routes: readonly Route[]; id: string } {
  const segments = path.split('/');
  let id = '';
  const matching = routes.filter((one) => {
    const pattern = one.path.split('/');
    const matches = pattern.length === segments.length && pattern.every((part, at) => part === '{id}' || part === segments[at]);
    if (matches) id = segments[pattern.indexOf('{id}')] ?? '';
    return matches;
  });
  // A path without a variable is more than one that only fits it.
  const exact = matching.filter((one) => one.path === path);
  return exact.length > 0 ? { routes: exact, id: '' } : { routes: matching, id };
}

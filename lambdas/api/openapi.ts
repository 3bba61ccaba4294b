import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0) of the routes, made of the schemas by which they work. */
export function openApiDocument(routes: readonly Route[], publicUrl: string) {
  const paths: Record<string, Json> = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  return {
    openapi: '3.1.0',
    info: { title: 'Millrace management API', version: '1' },
    servers: [{ url: publicUrl }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token with the scope admin.' } },
      schemas: { Problem: PROBLEM },
    },
  };
}

function operation({ method, path, summary, query, body, status, answer }: Route): Json {
  const parameters = [
    ...(path.includes('{id}') ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] : []),
    ...Object.entries(query.entries).map(([name, entry]) => ({
      name,
      in: 'query',
      required: entry.type !== 'optional',
      schema: schemaOf(entry),
    })),
  ];
  return {
    operationId: `${method.toLowerCase()}${path.replace(/^\/v1/, '').replaceAll(/[^A-Za-z]+(.)?/g, (_, next) => (next ?? '').toUpperCase())}`,
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: {
      [status]: { description: summary, ...(answer && { content: { 'application/json': { schema: schemaOf(answer) } } }) },
      default: {
        description: 'What is wrong with the request, or with us.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

/** As it is sent. What JSON Schema cannot say, such as checks over two fields, is left out. */
function schemaOf(schema: v.GenericSchema): Json {
  const { $schema, ...rest } = toJsonSchema(schema, { target: 'draft-2020-12', typeMode: 'input', errorMode: 'ignore' });
  return rest;
}

/** https://www.rfc-editor.org/rfc/rfc9457 */
const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['detail'],
        properties: { pointer: { type: 'string' }, parameter: { type: 'string' }, detail: { type: 'string' } },
      },
    },
  },
};

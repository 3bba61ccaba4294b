import * as v from 'valibot';

/** The parts of a request that a schema can be given for. `params` are the properties of a run request. */
export const INPUT_PARTS = ['body', 'query', 'headers', 'params'] as const;
export type InputPart = (typeof INPUT_PARTS)[number];

const schema = v.optional(
  v.custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  ),
);

/** What requests must look like: a JSON Schema for each part that is looked at. */
export const inputSchemasSchema = v.strictObject({ body: schema, query: schema, headers: schema, params: schema });
export type InputSchemas = v.InferOutput<typeof inputSchemasSchema>;

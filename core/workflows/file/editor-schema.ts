import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema';
import { jsonSchema } from './input-schema.ts';
import { workflowSchema } from './workflow-schema.ts';

/**
 * The JSON Schema of `workflow.yaml`, by which editors complete and check it. It says all of the form; what needs more than one value or
 * file, `readWorkflowFolders` alone knows.
 */
export function editorSchema(): JsonSchema {
  const schema = toJsonSchema(workflowSchema, {
    target: 'draft-07',
    typeMode: 'input',
    definitions: { schema: jsonSchema },
    // Checks by code have no JSON Schema.
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema }) => (valibotSchema.type === 'custom' ? { type: 'object' } : undefined),
  });
  return booleanSchemasToo(schema) as JsonSchema;
}

/** A schema within an input schema may be `true` or `false`, which the library, asking for the schema of no value, can't see. */
function booleanSchemasToo(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(booleanSchemasToo);
  if (typeof node !== 'object' || node === null) return node;
  if ('$ref' in node && typeof node.$ref === 'string') {
    // What stands beside a reference is not seen.
    const { $ref, ...beside } = node;
    return { ...beside, anyOf: [{ type: 'boolean' }, { $ref }] };
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, booleanSchemasToo(value)]));
}

import * as v from 'valibot';
import type { TemplateResource } from './provisioner.ts';

/**
 * The resource's properties as the schema types them. Schemas list what the local runtime supports and nothing else.
 * Throws an `Error` with a sentence that names the property that is not supported; the deployment adds the resource's name.
 */
export function supportedProperties<const Schema extends v.GenericSchema>(
  schema: Schema,
  resource: TemplateResource,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, resource.properties);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`Its ${v.getDotPath(issue) ?? 'properties'} is not supported locally (${issue.message}).`);
}

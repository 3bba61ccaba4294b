import * as v from 'valibot';
import { AwsError, type Json } from '../aws/service.ts';
import type { TemplateResource } from '../template/provisioner.ts';

/** An operation's input by its schema. Throws `AwsError` `code` that names the member but never holds its value. */
export function parseInput<const S extends v.GenericSchema>(schema: S, input: Json, code: string): v.InferOutput<S> {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  throw new AwsError(code, `Value for parameter ${v.getDotPath(parsed.issues[0]) ?? 'input'} is invalid or not supported locally.`);
}

/** A resource's properties by their schema. Throws an `Error` that names the resource and the property. */
export function parseProperties<const S extends v.GenericSchema>(schema: S, resource: TemplateResource): v.InferOutput<S> {
  const parsed = v.safeParse(schema, resource.properties);
  if (parsed.success) return parsed.output;
  const place = v.getDotPath(parsed.issues[0]) ?? 'its properties';
  const name = `${resource.type} ${resource.logicalId} of ${resource.stackName}`;
  throw new Error(`${name} is not supported locally because of ${place}: ${parsed.issues[0].message}.`);
}

/** A property without effect on one machine: what operations, billing or the cloud's durability need. */
export const withoutEffect = v.optional(v.unknown());

/** A whole number in a template, where CloudFormation takes text too. */
export const wholeNumber = (minimum: number, maximum: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.digits())]),
    v.transform(Number),
    v.integer(),
    v.minValue(minimum),
    v.maxValue(maximum),
  );

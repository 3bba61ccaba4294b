/** A schema of any library that follows the Standard Schema, version 1 (https://standardschema.dev): valibot, zod, arktype and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type Result<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined }[] };

export type InputOf<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input'];
export type OutputOf<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

type Direction = 'InvalidInput' | 'InvalidOutput';

/** A value doesn't fit a task's schema. Its message says where, and holds nothing of the value: it ends up in logs and in the run. */
class Misfit extends Error {
  constructor(name: Direction, places: readonly string[]) {
    super(`The task's ${name === 'InvalidInput' ? 'input' : 'output'} does not fit its schema: ${places.join(', ')}.`);
    this.name = name;
  }
}

/** The value as the schema gives it. Throws `Misfit` named `name`. */
export async function fitting<Schema extends StandardSchema>(
  schema: Schema,
  value: unknown,
  name: Direction,
): Promise<OutputOf<Schema>> {
  const result = await schema['~standard'].validate(value);
  if (!result.issues) return result.value;
  throw new Misfit(name, [...new Set(result.issues.map(({ path }) => placeOf(path ?? [])))]);
}

function placeOf(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
  return steps.length > 0 ? steps.join('.') : 'as a whole';
}

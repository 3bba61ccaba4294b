import { parseReferencePath } from './path.ts';

/**
 * A copy of `input` with `value` at a reference path, whose missing fields are made
 * (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html). Throws an `Error` with a sentence when the input
 * is not such that the path can be in it.
 */
export function putAt(path: string, input: unknown, value: unknown): unknown {
  const keys = parseReferencePath(path).steps.flatMap<string | number>((step) =>
    step.kind === 'names' ? step.names : step.kind === 'indexes' ? step.indexes : [],
  );
  return put(input, keys, value, path);
}

function put(at: unknown, [key, ...rest]: readonly (string | number)[], value: unknown, path: string): unknown {
  if (key === undefined) return value;
  if (typeof key === 'number') {
    if (!Array.isArray(at) || !(key in at)) throw new Error(`The ResultPath '${path}' names an item that the input does not have.`);
    return at.with(key, put(at[key], rest, value, path));
  }
  if (at !== undefined && (typeof at !== 'object' || at === null || Array.isArray(at))) {
    throw new Error(`The ResultPath '${path}' cannot be applied to the input, which has something else than an object there.`);
  }
  const object = (at ?? {}) as Readonly<Record<string, unknown>>;
  // A computed key makes an own field even of the name __proto__.
  return { ...object, [key]: put(Object.hasOwn(object, key) ? object[key] : undefined, rest, value, path) };
}

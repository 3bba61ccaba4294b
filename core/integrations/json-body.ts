type Json = Readonly<Record<string, unknown>>;

/** The object in a JSON body; an empty one for any other body, so that what is read of it is simply absent. Raises nothing. */
export function jsonObject(body: Buffer): Json {
  try {
    // Not as the bus takes it: what it refuses is carried as text, and still has a type.
    const value: unknown = JSON.parse(body.toString());
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object under a key of its own; an empty one where there is none. */
export function objectIn(value: Json, key: string): Json {
  const found = Object.hasOwn(value, key) ? value[key] : undefined;
  return isObject(found) ? found : {};
}

/** The text under a key of its own; undefined where there is none, or an empty one. */
export function textIn(value: Json, key: string): string | undefined {
  const found = Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'string' && found !== '' ? found : undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** A definition's states with their names, in the order of writing, those inside Parallel and Map too. Takes anything. */
export function statesOf(definition: unknown): (readonly [name: string, state: Json])[] {
  if (!isObject(definition) || !isObject(definition.States)) return [];
  return Object.entries(definition.States).flatMap(([name, state]) => {
    if (!isObject(state)) return [];
    const inner = [state.Branches ?? [], state.ItemProcessor ?? state.Iterator ?? []].flat();
    return [[name, state] as const, ...inner.flatMap(statesOf)];
  });
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

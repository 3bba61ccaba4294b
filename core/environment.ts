/**
 * A Lambda function's environment, declared once in its `env.ts`: the stack writes it (a missing variable is a type
 * error there) and the handler reads it (a missing variable stops the cold start, not the first request).
 */
export interface Environment<Name extends string> {
  readonly names: readonly Name[];
  /** Reads the variables. Throws an `Error` naming the first one that is missing or empty. */
  read(source?: Readonly<Record<string, string | undefined>>): Readonly<Record<Name, string>>;
}

/** The variables a stack must give a function with environment `E`. */
export type VariablesOf<E> = E extends Environment<infer Name> ? Readonly<Record<Name, string>> : never;

export function defineEnvironment<const Name extends string>(names: readonly Name[]): Environment<Name> {
  return {
    names,
    read(source = process.env) {
      const entries = names.map((name) => {
        const value = source[name];
        if (!value) throw new Error(`The environment variable ${name} is not set.`);
        return [name, value];
      });
      return Object.fromEntries(entries) as Record<Name, string>;
    },
  };
}

/** The parts of dynalite 4 that are used: it is untyped, and its own server would be a second port and a second parsing of each request. */
declare module 'dynalite/db/index.js' {
  type Done<T> = (error: unknown, value?: T) => void;

  interface SubDatabase {
    get(key: string, done: Done<unknown>): void;
    put(key: string, value: unknown, done: Done<void>): void;
    del(key: string, done: Done<void>): void;
  }

  /** A write to the whole database, whose keys begin with what they belong to. */
  export type Write =
    | { readonly type: 'put'; readonly key: string; readonly value: unknown }
    | { readonly type: 'del'; readonly key: string };

  export interface Store {
    readonly db: { open(): Promise<void>; close(): Promise<void>; batch(writes: readonly Write[], done: Done<void>): void };
    readonly tableDb: SubDatabase & { awsAccountId: string; awsRegion: string };
    getIndexDb(kind: string, table: string, index: string): SubDatabase;
    getItemDb(table: string): SubDatabase;
  }

  const database: {
    create(options: { path: string; createTableMs: number; deleteTableMs: number; updateTableMs: number }): Store;
    itemSize(item: Readonly<Record<string, unknown>>): number;
    updateIndexes(store: Store, table: unknown, existing: unknown, item: unknown, done: Done<void>): void;
  };
  export default database;
}

declare module 'dynalite/validations/index.js' {
  const validations: {
    checkTypes(data: Record<string, unknown>, types: unknown): Record<string, unknown>;
    checkValidations(data: Record<string, unknown>, types: unknown, custom: unknown, store: unknown): void;
  };
  export default validations;
}

declare module 'dynalite/validations/*.js' {
  const validation: { readonly types: Readonly<Record<string, unknown>>; readonly custom?: unknown };
  export default validation;
}

declare module 'dynalite/actions/*.js' {
  const action: (
    store: unknown,
    data: Record<string, unknown>,
    done: (error: unknown, answer?: Record<string, unknown>) => void,
  ) => void;
  export default action;
}

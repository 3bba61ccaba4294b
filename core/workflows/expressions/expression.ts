/** One step of a path: into an object, into an array, or into all elements of an array. */
export type Step =
  | { readonly kind: 'key'; readonly key: string; readonly at: number }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' };

/** What stands between `${` and `}`; `at` is where it begins in its text, at the `$`, in UTF-16 units. */
export type Expression =
  /** A path into what the workflow received. */
  | { readonly kind: 'received'; readonly steps: readonly Step[]; readonly at: number }
  /** A path into the output of a state that ran earlier. */
  | { readonly kind: 'output'; readonly state: string; readonly steps: readonly Step[]; readonly at: number }
  /** The ARN of a task's function, of a connection or of a function of the platform, known when it is deployed. */
  | { readonly kind: 'tasks' | 'connections' | 'millrace'; readonly name: string; readonly at: number };

/** Something wrong in a text, at a UTF-16 unit of it. */
export interface TextMistake {
  readonly at: number;
  readonly message: string;
}

/** The library ships no types of its own. */
declare module 'asl-validator' {
  interface AslError {
    readonly 'Error code': string;
    readonly Message: string;
    /** Present for what its JSON schemas found: where, as a JSON Pointer into the definition. */
    readonly schemaError?: { readonly instancePath: string; readonly schemaPath: string };
  }

  /** Changes `definition` (it writes each state's query language into it). */
  export default function validate(
    definition: object,
    options?: { readonly checkPaths?: boolean; readonly checkArn?: boolean },
  ): { readonly isValid: boolean; readonly errors: readonly AslError[] };
}

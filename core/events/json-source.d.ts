/** ES2026's JSON source text access, which Node.js 24 has and TypeScript's library does not declare yet: https://github.com/tc39/proposal-json-parse-with-source */
interface JSON {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
}

import * as v from 'valibot';

const inputSchema = v.object({ name: v.string() });

/** Takes `{ name }`, answers `{ greeting }`. */
export async function handler(input: unknown): Promise<{ greeting: string }> {
  const { name } = v.parse(inputSchema, input);
  return { greeting: `Hello, ${name}!` };
}

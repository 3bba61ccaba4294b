/** The value of an output's JSON text, or undefined where there is none or it is not JSON. */
export function parseOutput(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

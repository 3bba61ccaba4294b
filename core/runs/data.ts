import { withoutSignatures } from '../callbacks/urls.ts';

/** The value of an input's or output's JSON text as it is shown: without the keys to callbacks. Undefined where there is none or it is not JSON. */
export function parseData(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(withoutSignatures(text));
  } catch {
    return undefined;
  }
}

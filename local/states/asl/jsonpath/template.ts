import type { Sources } from './path.ts';
import { evaluateQuery, parseQuery } from './query.ts';

/**
 * A payload template's value: a field whose name ends in `.$` gets what its path or intrinsic function gives, under the name without it
 * (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html). Throws as `evaluateQuery` does.
 */
export function evaluatePayload(template: unknown, sources: Sources, random: () => number): unknown {
  if (Array.isArray(template)) return template.map((item) => evaluatePayload(item, sources, random));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith('.$')
        ? [key.slice(0, -2), evaluateQuery(parseQuery(String(value)), sources, random)]
        : [key, evaluatePayload(value, sources, random)],
    ),
  );
}

/** What is wrong with a payload template, or undefined. */
export function payloadProblem(template: unknown): string | undefined {
  if (Array.isArray(template)) return template.map(payloadProblem).find((problem) => problem !== undefined);
  if (typeof template !== 'object' || template === null) return undefined;
  const names = new Set<string>();
  for (const [key, value] of Object.entries(template)) {
    const name = key.endsWith('.$') ? key.slice(0, -2) : key;
    if (names.has(name)) return `it has both ${name} and ${name}.$`;
    names.add(name);
    const problem = key === name ? payloadProblem(value) : queryProblem(value);
    if (problem !== undefined) return key === name ? problem : `${key}: ${problem}`;
  }
  return undefined;
}

/** What is wrong with what should be a path or an intrinsic function, or undefined. */
export function queryProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a path or an intrinsic function';
  try {
    parseQuery(value);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
  }
}

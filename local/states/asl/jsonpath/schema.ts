import * as v from 'valibot';
import { parseReferencePath } from './path.ts';
import { payloadProblem, queryProblem } from './template.ts';

/** A check whose problem, when there is one, is the issue's message. */
const checked = <T>(problemOf: (value: T) => string | undefined) =>
  v.rawCheck<T>(({ dataset, addIssue }) => {
    const problem = dataset.typed ? problemOf(dataset.value) : undefined;
    if (problem !== undefined) addIssue({ message: problem });
  });

function referenceProblem(path: string): string | undefined {
  try {
    parseReferencePath(path);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
  }
}

/** Kinds of fields of JSONPath states. */
export const jsonPathFields = {
  path: v.pipe(
    v.string(),
    checked<string>((path) => (path.startsWith('$') ? queryProblem(path) : 'must be a path, which begins with $')),
  ),
  referencePath: v.pipe(v.string(), checked<string>(referenceProblem)),
  /** Fields that take a path or an intrinsic function. */
  queryOrPath: v.pipe(v.string(), checked<string>(queryProblem)),
  payload: v.pipe(v.unknown(), checked<unknown>(payloadProblem)),
  assignments: v.pipe(v.record(v.string(), v.unknown()), checked<Record<string, unknown>>(payloadProblem)),
};

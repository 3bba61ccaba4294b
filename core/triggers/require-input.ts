import { unprocessable } from '../errors.ts';
import type { InputPart, InputSchemas } from '../workflows/input.ts';
import type { Workflow } from '../workflows/workflow.ts';

/** Enough to mend a request by, and not larger than it. */
const MOST_FAULTS = 50;

/** What the sender of a webhook or of `POST /webhook/payload` calls a part of its request. */
const POINTERS: Readonly<Record<InputPart, string>> = {
  body: '/body',
  query: '/query',
  headers: '/headers',
  params: '/properties',
};

/**
 * Holds the parts of a request against the workflow's input schemas. Raises 422 that names each fault. Where the workflow has no schema
 * for a part, nothing is looked up and no validator loaded. `called`: how this sender calls a part, where that is otherwise.
 */
export async function requireInput(
  findInput: (workspace: string, workflowId: string) => Promise<InputSchemas | undefined>,
  workflow: Workflow,
  request: Readonly<Partial<Record<InputPart, unknown>>>,
  called: Readonly<Partial<Record<InputPart, string>>> = {},
): Promise<void> {
  const parts = (workflow.input ?? []).filter((part) => part in request);
  if (parts.length === 0) return;
  const [schemas, { inputFaults }] = await Promise.all([
    findInput(workflow.workspace, workflow.workflowId),
    import('./input-faults.ts'),
  ]);
  const errors = parts.flatMap((part) => {
    const schema = schemas?.[part];
    return schema === undefined
      ? []
      : inputFaults(schema, request[part]).map(({ pointer, detail }) => ({
          pointer: `${called[part] ?? POINTERS[part]}${pointer}`,
          detail,
        }));
  });
  if (errors.length === 0) return;
  throw unprocessable(
    errors.length > MOST_FAULTS
      ? `The request does not fit what the workflow takes: the first ${MOST_FAULTS} of ${errors.length} faults are under errors.`
      : 'The request does not fit what the workflow takes: errors names each fault.',
    errors.slice(0, MOST_FAULTS),
  );
}

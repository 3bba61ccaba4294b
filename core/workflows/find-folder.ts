import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nearest } from './file/near.ts';

/**
 * The folder that a person means by `workflow`: its path, or its id for `workflows/<id>` in the current directory. Gives its absolute
 * path. Throws an `Error` with a sentence when there is none.
 */
export function findWorkflowFolder(workflow: string): string {
  const found = [workflow, join('workflows', workflow)].find((folder) =>
    statSync(join(folder, 'workflow.yaml'), { throwIfNoEntry: false }),
  );
  if (found !== undefined) return resolve(found);
  const known = statSync('workflows', { throwIfNoEntry: false })?.isDirectory() ? readdirSync('workflows') : [];
  const near = nearest(workflow, known);
  throw new Error(
    near === undefined
      ? `There is no workflow ${workflow}: neither it nor workflows/${workflow} is a folder with a workflow.yaml.`
      : `There is no workflow ${workflow}; did you mean ${near}?`,
  );
}

import { deriveMap } from './derive-map.ts';
import { type DerivedTask, deriveTask } from './derive-task.ts';
import type { PermissionMistake, PermissionStatement } from './permission-statement.ts';
import { integrationProblem } from './service-integration.ts';
import type { JsonPath } from './source-text.ts';

interface DerivedPermissions {
  readonly statements: readonly PermissionStatement[];
  readonly mistakes: readonly PermissionMistake[];
}

type Json = Readonly<Record<string, unknown>>;

/**
 * What a definition's role must be allowed, from the resources that its tasks name; each statement once. Not among them: the workflow's
 * own tasks (`${tasks.<name>}`) and HTTP steps, which whoever makes those grants. `explicit` are the statements of workflow.yaml: what
 * cannot be derived is a mistake unless they name the action.
 */
export function derivePermissions(definition: unknown, explicit: readonly PermissionStatement[] = []): DerivedPermissions {
  const named = new Set(explicit.flatMap(({ actions }) => actions.map((action) => action.toLowerCase())));
  const isNamed = (action: string) => named.has(action.toLowerCase());
  const isServiceNamed = (service: string) => [...named].some((action) => action.startsWith(`${service.toLowerCase()}:`));
  const statements = new Map<string, PermissionStatement>();
  const mistakes: PermissionMistake[] = [];

  const take = (state: string, path: JsonPath, { allowed = [], missing, wrong }: DerivedTask) => {
    for (const statement of allowed) statements.set(JSON.stringify(statement), statement);
    if (wrong) mistakes.push({ path: [...path, ...wrong.at], message: `The state "${state}" ${wrong.what}` });
    if (!missing) return;
    const { at, why, actions, service } = missing;
    const left = actions.filter((action) => !isNamed(action));
    if (actions.length === 0 ? isServiceNamed(service) : left.length === 0) return;
    const what = actions.length === 0 ? `its ${service} actions` : `actions: [${left.join(', ')}]`;
    mistakes.push({
      path: [...path, ...at],
      message: `The state "${state}" ${why}, so its permission cannot be derived; add to the permissions of workflow.yaml ${what} and the resources it may use.`,
    });
  };

  const visit = (machine: unknown, path: JsonPath) => {
    if (!isObject(machine) || !isObject(machine.States)) return;
    for (const [name, state] of Object.entries(machine.States)) {
      if (!isObject(state)) continue;
      const here = [...path, 'States', name];
      if (state.Type === 'Task') {
        const what = integrationProblem(state.Resource);
        take(name, here, what === undefined ? deriveTask(state) : { wrong: { at: ['Resource'], what } });
      }
      if (state.Type === 'Map') for (const derived of deriveMap(state)) take(name, here, derived);
      for (const [index, branch] of listOf(state.Branches).entries()) visit(branch, [...here, 'Branches', index]);
      visit(state.ItemProcessor, [...here, 'ItemProcessor']);
      visit(state.Iterator, [...here, 'Iterator']);
    }
  };
  visit(definition, []);
  return { statements: [...statements.values()], mistakes };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

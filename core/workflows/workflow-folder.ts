import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { type Definition, parseDefinition } from './definition-file.ts';
import { InvalidFileError, type Mistake } from './source-text.ts';
import { WORKFLOW_ID } from './workflow.ts';
import { type DeclaredTrigger, parseWorkflowFile } from './workflow-file.ts';

/** A workflow as its folder `workflows/<id>/` declares it. */
export interface WorkflowFolder {
  readonly workflowId: string;
  readonly name: string;
  readonly description?: string;
  readonly triggers: readonly DeclaredTrigger[];
  readonly definition: Definition;
  /** The task modules that the definition names, `tasks/<name>.ts`, by name. */
  readonly tasks: Readonly<Record<string, string>>;
}

const DEFINITION_FILES = ['definition.asl.yaml', 'definition.asl.json'];

/**
 * Reads every folder of these directories, in the order of their names. `root` is what the paths in messages start from.
 * Throws `InvalidFileError` with the mistakes of all folders, each with its file, line and column.
 */
export function readWorkflowFolders(directories: readonly string[], root = process.cwd()): readonly WorkflowFolder[] {
  const mistakes: Mistake[] = [];
  const folders: WorkflowFolder[] = [];
  const triggerPlaces = new Map<string, string>();
  const attempt = (read: () => void) => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof InvalidFileError)) throw error;
      mistakes.push(...error.mistakes);
    }
  };

  for (const folder of directories.flatMap(subdirectoriesOf)) {
    const workflowId = basename(folder);
    const shownFolder = relative(root, folder).replaceAll(sep, '/');
    attempt(() => {
      if (!WORKFLOW_ID.test(workflowId)) {
        throw fileMistake(shownFolder, "A workflow's folder is named by its id: 1 to 40 lower-case letters, digits or hyphens.");
      }
      if (folders.some((earlier) => earlier.workflowId === workflowId)) {
        throw fileMistake(shownFolder, `The workflow id ${workflowId} is taken by an earlier directory's folder.`);
      }
      const file = join(folder, 'workflow.yaml');
      if (!isFile(file))
        throw fileMistake(`${shownFolder}/workflow.yaml`, 'This file is missing; every folder here is a workflow.');
      const {
        source,
        definition: named,
        ...declared
      } = parseWorkflowFile(`${shownFolder}/workflow.yaml`, readFileSync(file, 'utf8'));

      for (const [index, { triggerId }] of declared.triggers.entries()) {
        const here = source.mistakeAt(['triggers', index, 'id'], '');
        const earlier = triggerPlaces.get(triggerId);
        if (earlier)
          mistakes.push({
            ...here,
            message: `The trigger id ${triggerId} is taken at ${earlier}; ids are unique over all workflows.`,
          });
        else triggerPlaces.set(triggerId, here.place);
      }

      const definitionName = named ?? DEFINITION_FILES.find((name) => isFile(join(folder, name))) ?? 'definition.asl.yaml';
      const shownDefinition = `${shownFolder}/${definitionName}`;
      if (!isFile(join(folder, definitionName)))
        throw fileMistake(shownDefinition, 'This file is missing; it holds the state machine.');
      const tasks = taskModulesOf(folder);
      const text = readFileSync(join(folder, definitionName), 'utf8');
      const definition = parseDefinition(shownDefinition, text, Object.keys(tasks));
      const used = Object.entries(tasks).filter(([name]) => definition.tasks.includes(name));
      folders.push({ workflowId, ...declared, definition, tasks: Object.fromEntries(used) });
    });
  }
  if (mistakes.length > 0) throw new InvalidFileError(mistakes);
  return folders;
}

function taskModulesOf(folder: string): Record<string, string> {
  const tasks = join(folder, 'tasks');
  if (!isDirectory(tasks)) return {};
  const modules = readdirSync(tasks).filter((name) => /^[A-Za-z0-9_-]{1,40}\.ts$/.test(name));
  return Object.fromEntries(modules.sort().map((name) => [name.slice(0, -'.ts'.length), join(tasks, name)]));
}

function subdirectoriesOf(directory: string): string[] {
  if (!isDirectory(directory)) throw new Error(`${directory} does not exist; workflows are the folders in it.`);
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(directory, entry.name))
    .sort();
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

const fileMistake = (file: string, message: string) => new InvalidFileError([{ place: `${file}:1:1`, message }]);

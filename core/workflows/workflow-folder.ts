import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { type Definition, parseDefinition } from './definition-file.ts';
import { unusedConnections } from './http-tasks.ts';
import { InvalidFileError, type Mistake } from './source-text.ts';
import { taskMistakes, taskModulesOf } from './task-modules.ts';
import { WORKFLOW_ID } from './workflow.ts';
import { type ReadWorkflowFile, readWorkflowFile, type WorkflowFile } from './workflow-file.ts';

interface OwnMachine {
  readonly definition: Definition;
  readonly stateMachineArn?: undefined;
}

interface ImportedMachine {
  readonly definition?: undefined;
  readonly stateMachineArn: string;
}

/** A workflow as its folder `workflows/<id>/` declares it: with a state machine of its own, or with one that exists already. */
export type WorkflowFolder = Omit<WorkflowFile, 'stateMachineArn'> & {
  readonly workflowId: string;
  /** The task modules that the definition names, `tasks/<name>.ts`, by name. */
  readonly tasks: Readonly<Record<string, string>>;
} & (OwnMachine | ImportedMachine);

type Machine = Pick<WorkflowFolder, 'tasks'> & (OwnMachine | ImportedMachine);

const DEFINITION_FILES = ['definition.asl.yaml', 'definition.asl.json'];

/**
 * Reads every folder of these directories, in the order of their names. `root` is what the paths in messages start from,
 * `now` what a schedule's "in the past" is measured by.
 * Throws `InvalidFileError` with the mistakes of all folders, each with its file, line and column.
 */
export function readWorkflowFolders(
  directories: readonly string[],
  root = process.cwd(),
  now = new Date(),
): readonly WorkflowFolder[] {
  return readFolders(directories.flatMap(subdirectoriesOf), root, now);
}

/** As `readWorkflowFolders`, but of one folder alone: nothing is said of the others. */
export function readWorkflowFolder(path: string, root = process.cwd(), now = new Date()): WorkflowFolder {
  const [folder] = readFolders([path], root, now);
  if (!folder) throw new Error(`The folder ${path} could not be read.`);
  return folder;
}

function readFolders(paths: readonly string[], root: string, now: Date): readonly WorkflowFolder[] {
  const mistakes: Mistake[] = [];
  const folders: WorkflowFolder[] = [];
  const taskModules: string[] = [];
  const triggerPlaces = new Map<string, string>();
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InvalidFileError)) throw error;
      mistakes.push(...error.mistakes);
      return undefined;
    }
  };

  for (const folder of paths) {
    const workflowId = basename(folder);
    const shownFolder = relative(root, folder).replaceAll(sep, '/');
    attempt(() => {
      if (!WORKFLOW_ID.test(workflowId)) {
        throw fileMistake(shownFolder, "A workflow's folder is named by its id: 1 to 40 lower-case letters, digits or hyphens.");
      }
      if (folders.some((earlier) => earlier.workflowId === workflowId)) {
        throw fileMistake(shownFolder, `The workflow id ${workflowId} is taken by an earlier directory's folder.`);
      }
      const file = attempt(() => readFileOf(folder, shownFolder, now));
      mistakes.push(...(file?.mistakes ?? []));
      for (const { triggerId, path } of file?.triggerIds ?? []) {
        const here = file?.source.mistakeAt(path, '').place ?? '';
        const earlier = triggerPlaces.get(triggerId);
        const message = `The trigger id ${triggerId} is taken at ${earlier}; ids are unique over all workflows.`;
        if (earlier) mistakes.push({ place: here, message });
        else triggerPlaces.set(triggerId, here);
      }
      taskModules.push(...calledModulesOf(folder, file));
      const machine = file?.isImported ? importedMachine(folder, shownFolder, file) : ownMachine(folder, shownFolder, file);
      if (!file?.declared || !machine) return;
      const { stateMachineArn: _, ...declared } = file.declared;
      folders.push({ ...declared, workflowId, ...machine });
    });
  }
  mistakes.push(...taskMistakes(taskModules, root));
  if (mistakes.length > 0) throw new InvalidFileError(mistakes);
  return folders;
}

function readFileOf(folder: string, shownFolder: string, now: Date): ReadWorkflowFile {
  const [file, shown] = [join(folder, 'workflow.yaml'), `${shownFolder}/workflow.yaml`];
  if (!isFile(file)) throw fileMistake(shown, 'This file is missing; every folder here is a workflow.');
  return readWorkflowFile(shown, readFileSync(file, 'utf8'), now);
}

/** `file` is undefined where workflow.yaml cannot be read: the definition's own mistakes are told all the same. */
function ownMachine(folder: string, shownFolder: string, file: ReadWorkflowFile | undefined): Machine {
  const name = definitionNameOf(folder, file);
  const shown = `${shownFolder}/${name}`;
  if (!isFile(join(folder, name))) throw fileMistake(shown, 'This file is missing; it holds the state machine.');
  const tasks = taskModulesOf(folder);
  const text = readFileSync(join(folder, name), 'utf8');
  const definition = parseDefinition(shown, text, Object.keys(tasks), file?.permissions, file?.connections);
  const unused = file ? unusedConnections(file.source, file.connections, definition.httpCalls) : [];
  if (unused.length > 0) throw new InvalidFileError(unused);
  if (file?.declared?.timeoutSeconds !== undefined && 'TimeoutSeconds' in definition.resolve((task) => task)) {
    const message = `timeout and TimeoutSeconds in ${name} say the same; keep one of them.`;
    throw new InvalidFileError([file.source.mistakeAt(['timeout'], message, 'key')]);
  }
  const used = Object.entries(tasks).filter(([task]) => definition.tasks.includes(task));
  return { definition, tasks: Object.fromEntries(used) };
}

const definitionNameOf = (folder: string, file: ReadWorkflowFile | undefined): string =>
  file?.definition ?? DEFINITION_FILES.find((name) => isFile(join(folder, name))) ?? 'definition.asl.yaml';

/** The task modules that the definition's text names, whatever else is wrong with it. */
function calledModulesOf(folder: string, file: ReadWorkflowFile | undefined): string[] {
  const definition = join(folder, definitionNameOf(folder, file));
  if (!isFile(definition)) return [];
  const text = readFileSync(definition, 'utf8');
  const tasks = Object.entries(taskModulesOf(folder)).filter(([name]) => text.includes(`\${tasks.${name}}`));
  return tasks.map(([, module]) => module);
}

/** The files of a state machine of its own beside an imported one are a mistake: nothing would ever run them. */
function importedMachine(folder: string, shownFolder: string, { declared }: ReadWorkflowFile): Machine | undefined {
  const own = [
    ...DEFINITION_FILES.filter((file) => isFile(join(folder, file))),
    ...(isDirectory(join(folder, 'tasks')) ? ['tasks'] : []),
  ];
  const message = 'The workflow has stateMachineArn, so this is never used; remove one of them.';
  if (own.length > 0) throw new InvalidFileError(own.map((name) => ({ place: `${shownFolder}/${name}:1:1`, message })));
  return declared?.stateMachineArn === undefined ? undefined : { tasks: {}, stateMachineArn: declared.stateMachineArn };
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

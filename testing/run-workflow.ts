import { findWorkflowFolder } from '../core/workflows/find-folder.ts';
import { readWorkflowFolder } from '../core/workflows/workflow-folder.ts';
import { type DefinitionRun, runDefinition } from '../local/states/run-definition.ts';
import { callbacksInMemory } from './callbacks.ts';
import { runInputOf } from './run-input.ts';
import { type Mock, taskArnOf, taskCaller, taskResourcesOf } from './task-mocks.ts';

/** How a run ended, and its steps in the order in which the states were entered. */
export type WorkflowRun = DefinitionRun;

interface RunWorkflowOptions {
  /** What starts it: a trigger's payload, a trigger's input, or a whole run input (see `runInputOf`); without it an empty payload, or a schedule's params. */
  readonly input?: unknown;
  /** By the names of Task states. The workflow's own tasks are really called unless they are mocked. */
  readonly mocks?: Readonly<Record<string, Mock>>;
  /** When the run begins; by default now. */
  readonly startTime?: Date;
}

/**
 * Runs a workflow's definition in this process, with nothing started and no time passing in waits and retries. `workflow` is its folder,
 * or its id for `workflows/<id>` in the current directory. Gives how it ended, with every step's input and output; a run that fails is
 * not an error. Raises `InvalidFileError` for mistakes in the folder and an `Error` with a sentence for a wrong input or mock.
 */
export async function runWorkflow(workflow: string, options: RunWorkflowOptions = {}): Promise<WorkflowRun> {
  const { input, mocks = {}, startTime = new Date() } = options;
  const folder = readWorkflowFolder(findWorkflowFolder(workflow));
  if (!folder.definition)
    throw new Error(`The workflow ${folder.workflowId} has no definition here: its state machine is managed elsewhere.`);
  const { workflowId, timeoutSeconds } = folder;
  const timeout = timeoutSeconds === undefined ? {} : { TimeoutSeconds: timeoutSeconds };
  const definition = { ...folder.definition.resolve(taskArnOf), ...timeout };
  const runInput = runInputOf(folder, input, startTime);
  const activityId = activityIdOf(runInput);
  return runDefinition({
    definition,
    input: runInput,
    mocks: taskCaller({
      resources: taskResourcesOf(definition),
      modules: folder.tasks,
      mocks,
      openCallback: callbacksInMemory({ activityId, workflowId }, startTime),
      run: { activityId, workflowId },
    }),
    startTime: startTime.getTime(),
    // A run's id is its execution's name.
    context: { Execution: { Name: activityId } },
  });
}

const activityIdOf = (runInput: unknown): string => String((runInput as { readonly activityId?: unknown }).activityId ?? 'test');

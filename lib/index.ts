/** What a team's own CDK app may use; everything else may change without notice. */
export { InvalidFileError } from '../core/workflows/source-text.ts';
export { readWorkflowFolders, type WorkflowFolder } from '../core/workflows/workflow-folder.ts';
export { configOf, type Stage, type StageConfig } from './config.ts';
export { addMillrace, type Millrace, type MillraceProps } from './millrace.ts';
export { PlatformStack, type PlatformStackProps } from './platform-stack.ts';
export { StateStack, type StateStackProps } from './state-stack.ts';
export { Workflow, type WorkflowProps } from './workflow.ts';
export { WorkflowsStack, type WorkflowsStackProps } from './workflows-stack.ts';

import type { Table } from '../../core/aws/table.ts';
import type { Page, PageRequest } from '../../core/paging.ts';
import { listRuns, type RunFilter } from '../../core/runs/run.repository.ts';
import type { Run } from '../../core/runs/run.ts';
import { openRuns, type RunService } from '../../core/runs/run-service.ts';
import { type Admit, admission } from '../../core/tokens/admit.ts';
import { lastUseNotes } from '../../core/tokens/last-use.ts';
import { findToken, listTokens, revokeToken, saveToken, saveTokenUse } from '../../core/tokens/token.repository.ts';
import type { Token } from '../../core/tokens/token.ts';
import { findTrigger, listTriggers } from '../../core/triggers/trigger.repository.ts';
import type { Trigger } from '../../core/triggers/trigger.ts';
import type { TriggerSwitch } from '../../core/triggers/trigger-switch.ts';
import type { WorkflowChanges } from '../../core/workflows/change-workflow.ts';
import { findWorkflow, listWorkflows, pointTo, setActive } from '../../core/workflows/workflow.repository.ts';
import type { Workflow } from '../../core/workflows/workflow.ts';
import { type CallbackViews, openCallbackViews } from './open-callbacks.ts';

/** What the management API manages. Every list is of one workspace. */
export interface Api {
  /** The base of webhook URLs, without a slash at its end. */
  readonly publicUrl: string;
  readonly callbacks: CallbackViews;
  readonly admit: Admit;
  readonly runs: RunService;
  readonly listRuns: (filter: RunFilter, page: PageRequest) => Promise<Page<Run>>;
  readonly findToken: (tokenId: string) => Promise<Token | undefined>;
  readonly listTokens: (workspace: string, page: PageRequest) => Promise<Page<Token>>;
  readonly saveToken: (token: Token) => Promise<void>;
  readonly revokeToken: (tokenId: string, now: Date) => Promise<void>;
  readonly findTrigger: (triggerId: string) => Promise<Trigger | undefined>;
  readonly listTriggers: (workspace: string, workflowId: string | undefined, page: PageRequest) => Promise<Page<Trigger>>;
  readonly workflows: WorkflowChanges;
  readonly listWorkflows: (workspace: string, page: PageRequest) => Promise<Page<Workflow>>;
}

export function openApi(table: Table, publicUrl: string, triggerSwitch: TriggerSwitch): Api {
  return {
    publicUrl,
    callbacks: openCallbackViews(table),
    admit: admission({
      findToken: (tokenId) => findToken(table, tokenId),
      noteTokenUse: lastUseNotes((tokenId, hour) => saveTokenUse(table, tokenId, hour)),
    }),
    runs: openRuns(table),
    listRuns: (filter, page) => listRuns(table, filter, page),
    findToken: (tokenId) => findToken(table, tokenId),
    listTokens: (workspace, page) => listTokens(table, workspace, page),
    saveToken: (token) => saveToken(table, token),
    revokeToken: (tokenId, now) => revokeToken(table, tokenId, now),
    findTrigger: (triggerId) => findTrigger(table, triggerId),
    listTriggers: (workspace, workflowId, page) => listTriggers(table, workspace, workflowId, page),
    workflows: {
      findWorkflow: (workspace, workflowId) => findWorkflow(table, workspace, workflowId, { consistent: true }),
      pointTo: (workflow, revision, now) => pointTo(table, workflow, revision, now),
      setActive: (workflow, active, now) => setActive(table, workflow, active, now),
      findTrigger: (triggerId) => findTrigger(table, triggerId),
      triggerSwitch,
    },
    listWorkflows: (workspace, page) => listWorkflows(table, workspace, page),
  };
}

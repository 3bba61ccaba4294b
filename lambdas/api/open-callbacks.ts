import type { Table } from '../../core/aws/table.ts';
import { findCallback, listCallbacks } from '../../core/callbacks/callback.repository.ts';
import type { Callback } from '../../core/callbacks/callback.ts';
import type { Page, PageRequest } from '../../core/paging.ts';
import { findRunFor } from '../../core/runs/find-run.ts';
import { partsInTable } from '../../core/runs/run-service.ts';
import type { Token } from '../../core/tokens/token.ts';

/** What runs have asked outside. */
export interface CallbackViews {
  /** Raises 404 for a run that the token may not know of. */
  readonly requireRun: (token: Token, activityId: string) => Promise<unknown>;
  readonly find: (callbackId: string) => Promise<Callback | undefined>;
  readonly list: (activityId: string, page: PageRequest) => Promise<Page<Callback>>;
}

export function openCallbackViews(table: Table): CallbackViews {
  const runs = partsInTable(table);
  return {
    requireRun: (token, activityId) => findRunFor(runs, token, 'runs:read', activityId),
    find: (callbackId) => findCallback(table, callbackId),
    list: (activityId, page) => listCallbacks(table, activityId, page),
  };
}

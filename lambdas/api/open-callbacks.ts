import type { Table } from '../../core/aws/table.ts';
import { findCallback, listCallbacks } from '../../core/callbacks/callback.repository.ts';
import type { Callback } from '../../core/callbacks/callback.ts';
import { Problem } from '../../core/errors.ts';
import type { Page, PageRequest } from '../../core/paging.ts';
import { findRunFor } from '../../core/runs/find-run.ts';
import { partsInTable } from '../../core/runs/run-service.ts';
import type { Token } from '../../core/tokens/token.ts';

/** What runs have asked outside. */
export interface CallbackViews {
  /** Raises 404 for a run that the token may not know of. */
  readonly requireRun: (token: Token, activityId: string) => Promise<unknown>;
  /** Undefined for one of a run that the token may not know of, too. */
  readonly find: (token: Token, callbackId: string) => Promise<Callback | undefined>;
  readonly list: (activityId: string, page: PageRequest) => Promise<Page<Callback>>;
}

export function openCallbackViews(table: Table): CallbackViews {
  const runs = partsInTable(table);
  const requireRun = (token: Token, activityId: string) => findRunFor(runs, token, 'runs:read', activityId);
  return {
    requireRun,
    async find(token, callbackId) {
      const callback = await findCallback(table, callbackId);
      const run = callback && (await requireRun(token, callback.activityId).catch(undefinedIfMissing));
      return run && callback;
    },
    list: (activityId, page) => listCallbacks(table, activityId, page),
  };
}

function undefinedIfMissing(error: unknown): undefined {
  if (!(error instanceof Problem) || error.status !== 404) throw error;
}

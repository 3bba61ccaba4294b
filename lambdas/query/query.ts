import { openBus } from '../../core/aws/event-bus.ts';
import { openTable } from '../../core/aws/table.ts';
import { cached } from '../../core/cache.ts';
import type { VariablesOf } from '../../core/environment.ts';
import { openRuns, type RunService } from '../../core/runs/run-service.ts';
import { type Admit, admission } from '../../core/tokens/admit.ts';
import { lastUseNotes } from '../../core/tokens/last-use.ts';
import { findToken, saveTokenUse } from '../../core/tokens/token.repository.ts';
import type { queryEnvironment } from './env.ts';

/** A revoked token is refused after this long at most. */
const TOKEN_MILLISECONDS = 10_000;

export interface Query {
  readonly admit: Admit;
  readonly runs: RunService;
}

export function openQuery({ TABLE_NAME, BUS_NAME }: VariablesOf<typeof queryEnvironment>): Query {
  const table = openTable(TABLE_NAME);
  return {
    admit: admission(
      {
        findToken: cached(TOKEN_MILLISECONDS, (tokenId: string) => findToken(table, tokenId)),
        noteTokenUse: lastUseNotes((tokenId, hour) => saveTokenUse(table, tokenId, hour)),
      },
      { fromBody: true },
    ),
    runs: openRuns(table, openBus(BUS_NAME)),
  };
}

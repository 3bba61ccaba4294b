import * as v from 'valibot';
import { openTable } from '../../core/aws/table.ts';
import { createToken } from '../../core/tokens/create-token.ts';
import { saveToken } from '../../core/tokens/token.repository.ts';
import { DEFAULT_WORKSPACE } from '../../core/workflows/workflow.ts';
import { bootstrapEnvironment } from './env.ts';

const table = openTable(bootstrapEnvironment.read().TABLE_NAME);
const eventSchema = v.object({ name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100)), 'bootstrap') });

/** Invoked by hand with `{"name"?}`: makes an admin token of the first workspace and answers with it, this once. */
export async function handler(event: unknown): Promise<{ token: string; tokenId: string }> {
  const { name } = v.parse(eventSchema, event ?? {});
  const { token, text } = await createToken(
    (made) => saveToken(table, made),
    { workspace: DEFAULT_WORKSPACE, name, scopes: ['admin'] },
    new Date(),
  );
  return { token: text, tokenId: token.tokenId };
}

import * as v from 'valibot';
import { isJson, mediaType } from '../events/body.ts';
import type { ReceivedRequest } from '../events/envelope.ts';
import { authenticate } from './authenticate.ts';
import { takeCredential } from './credential.ts';
import { requireScope, type Token, type TokenScope } from './token.ts';

export interface Tokens {
  readonly findToken: (tokenId: string) => Promise<Token | undefined>;
  readonly noteTokenUse: (token: Token, at: Date) => Promise<void>;
}

interface PresentedRequest extends ReceivedRequest {
  readonly body: Buffer;
  readonly receivedAt: Date;
}

/** The token of a request that may do `scope` somewhere. Raises 401, and 403 for a token without the scope. */
export type Admit = (request: PresentedRequest, scope: TokenScope) => Promise<Token>;

const bodySchema = v.pipe(v.string(), v.parseJson(), v.object({ token: v.string() }));

/** Takes a request's token from its header, its query, or where it is told so the `token` of a JSON body, and notes its use. */
export function admission(tokens: Tokens, { fromBody = false } = {}): Admit {
  return async (request, scope) => {
    const presented = takeCredential(request).presented ?? (fromBody ? tokenInBody(request) : undefined);
    const token = await authenticate(presented, tokens.findToken, request.receivedAt);
    requireScope(token, scope);
    // Once an hour a token; a request does not fail because its note could not be written.
    await tokens.noteTokenUse(token, request.receivedAt).catch(() => undefined);
    return token;
  };
}

function tokenInBody({ headers, body }: PresentedRequest): string | undefined {
  if (body.length === 0 || !isJson(mediaType(headers['content-type']) ?? '')) return undefined;
  const parsed = v.safeParse(bodySchema, body.toString());
  return parsed.success ? parsed.output.token : undefined;
}

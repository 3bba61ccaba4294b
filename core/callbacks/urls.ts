import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Callback } from './callback.ts';

/** What a callback's URL says besides its id. `by` is absent where the callback names no approvers. */
export interface SignedParameters {
  /** Seconds since the epoch. */
  readonly expires: string;
  readonly by?: string | undefined;
  readonly signature: string;
}

interface CallbackUrls {
  readonly approver?: string;
  /** The page on which a person decides. */
  readonly url: string;
  /** The same with the decision in it: the page has one button. POST to it decides. */
  readonly succeedUrl: string;
  readonly failUrl: string;
}

export const newSigningKey = (): string => randomBytes(32).toString('base64url');

/** The URLs of a callback, one set for each approver, or one for whoever has it. They are keys: who has one can answer. */
export function urlsOf(callback: Callback, publicUrl: string): CallbackUrls[] {
  const everyone: readonly (string | undefined)[] = callback.approvers ?? [undefined];
  return everyone.map((approver) => {
    const expires = String(Math.floor(Date.parse(callback.expiresAt) / 1000));
    const query = new URLSearchParams({ expires, ...(approver !== undefined && { by: approver }) });
    query.set('signature', sign(callback, { expires, by: approver }).toString('base64url'));
    const url = `${publicUrl}/callback/${callback.callbackId}?${query}`;
    return {
      ...(approver !== undefined && { approver }),
      url,
      succeedUrl: `${url}&status=succeeded`,
      failUrl: `${url}&status=failed`,
    };
  });
}

/** Did we make the URL? Compared in constant time. The status is added by whoever answers, and so is not signed. */
export function isSigned(callback: Callback, { expires, by, signature }: SignedParameters): boolean {
  const expected = sign(callback, { expires, by });
  const actual = Buffer.from(signature, 'base64url');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** HMAC-SHA-256 over a JSON array, so that no two lists of parts are one text. */
function sign({ callbackId, key }: Callback, { expires, by }: Omit<SignedParameters, 'signature'>): Buffer {
  return createHmac('sha256', Buffer.from(key, 'base64url'))
    .update(JSON.stringify([callbackId, expires, by ?? null]))
    .digest();
}

/** The signature of a URL is 43 characters of base64url, which no encoding changes; what stands before it may be escaped, as in a URL within a URL or JSON within JSON. */
const SIGNATURE = /(signature(?:=|%(?:25)*3d|\\+u003d))[\w-]{43}(?![\w-])/gi;

/** A text, such as JSON, without what makes the callback URLs in it work: to see what a run did is no right to answer for it. */
export const withoutSignatures = (text: string): string => text.replaceAll(SIGNATURE, '$1***');

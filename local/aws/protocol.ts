import type { IncomingHttpHeaders } from 'node:http';
import type { AwsError, Json } from './service.ts';

export interface ProtocolRequest {
  readonly method: string;
  /** The path as sent, percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ProtocolResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** How one AWS protocol carries calls over HTTP. */
export interface Protocol {
  /** Throws `AwsError` for a request that names no operation known here. */
  read(request: ProtocolRequest): { operation: string; input: Json };
  answer(operation: string, output: Json, request: ProtocolRequest): ProtocolResponse;
  fail(error: AwsError, request: ProtocolRequest): ProtocolResponse;
}

/**
 * How the parts of the local runtime call each other: as AWS calls. Every call names its caller, so that IAM is enforced,
 * the call is metered and `--verbose` can show it, whether it came over HTTP from a function or from another part.
 */
export type Json = Record<string, unknown>;

/** Who calls: a role of the template, an AWS service on its own behalf, or the person who started the runtime (allowed everything). */
export type Caller =
  | { readonly kind: 'role'; readonly arn: string }
  | { readonly kind: 'service'; readonly principal: string; readonly sourceArn?: string }
  | { readonly kind: 'operator' };

/** One IAM check that a call must pass. `context` holds condition keys, such as `events:source`. */
export interface RequiredPermission {
  /** As in a policy: `dynamodb:PutItem`. */
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export interface AwsService {
  /** The service's name in a SigV4 scope: `dynamodb`, `events`, `states`, `sqs`, `s3`, `lambda`. */
  readonly name: string;
  permissions(operation: string, input: Json): readonly RequiredPermission[];
  /** Answers as the service's API does (camel or Pascal case as in its reference). Rejects with `AwsError`. */
  call(operation: string, input: Json, caller: Caller): Promise<Json>;
}

/** An error as AWS names it: `code` is the exception's name in the API reference, `status` the HTTP status it travels with. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
  }
}

/** Calls a service after the IAM check. */
export type AwsCall = (service: string, operation: string, input: Json, caller: Caller) => Promise<Json>;

/** Throws `AwsError` `AccessDeniedException` unless the caller's role policies (or, for a service, the resource's policy) allow it. */
export type Authorize = (caller: Caller, permission: RequiredPermission) => void;

import { randomBytes } from 'node:crypto';
import { toBase32 } from '../../core/events/event-id.ts';
import type { Caller } from '../aws/service.ts';

/** Credentials for the AWS SDK, valid until the runtime stops. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface AccessKeys {
  /** The person who started the runtime: allowed everything. */
  readonly operatorKey: AccessKey;
  /** The same key for the same role, until the runtime stops. */
  ofRole(roleArn: string): AccessKey;
  callerOf(accessKeyId: string): Caller | undefined;
}

/** Keys are random, so that no function can act as a role whose environment it was not given. */
export function createAccessKeys(): AccessKeys {
  const callers = new Map<string, Caller>();
  const roleKeys = new Map<string, AccessKey>();

  const issue = (caller: Caller): AccessKey => {
    // Temporary keys start with ASIA: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    const accessKeyId = `ASIA${toBase32(randomBytes(10)).toUpperCase()}`;
    callers.set(accessKeyId, caller);
    return {
      accessKeyId,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(48).toString('base64'),
    };
  };

  return {
    operatorKey: issue({ kind: 'operator' }),
    ofRole(roleArn) {
      const key = roleKeys.get(roleArn) ?? issue({ kind: 'role', arn: roleArn });
      roleKeys.set(roleArn, key);
      return key;
    },
    callerOf: (accessKeyId) => callers.get(accessKeyId),
  };
}

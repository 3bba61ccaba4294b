import { createHash } from 'node:crypto';
import { localArn } from './provisioner.ts';

/** An identifier in a UUID's form that is the same at every start for the same `name`. */
export function stableUuid(name: string): string {
  const digits = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** What `AWS::StackId` gives. */
export const stackIdOf = (stackName: string): string =>
  localArn('cloudformation', `stack/${stackName}/${stableUuid(`stack ${stackName}`)}`);

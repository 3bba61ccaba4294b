import { randomUUID } from 'node:crypto';
import { localArn } from '../template/provisioner.ts';

/** Standard or Express (https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html). */
export type MachineType = 'STANDARD' | 'EXPRESS';

const MACHINE = /^(arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[^:/]{1,80})(?::(\d+))?$/;
const EXECUTION = /^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:execution:[^:]{1,80}:[^:]{1,80}$/;

export const machineArn = (name: string): string => localArn('states', `stateMachine:${name}`);

/** The state machine of an ARN, and the version's number when the ARN names one; undefined when it isn't such an ARN. */
export function parseMachineArn(arn: unknown): { machineArn: string; version?: number } | undefined {
  const [, unqualified, version] = (typeof arn === 'string' && MACHINE.exec(arn)) || [];
  if (unqualified === undefined) return undefined;
  return { machineArn: unqualified, ...(version !== undefined && { version: Number(version) }) };
}

export const isExecutionArn = (arn: unknown): arn is string => typeof arn === 'string' && EXECUTION.test(arn);

/** Whichever version is started, the ARN holds the state machine's name only; Express executions may share a name (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-executions.html). */
export function executionArn(type: MachineType, machineName: string, name: string): string {
  return type === 'EXPRESS'
    ? localArn('states', `express:${machineName}:${name}:${randomUUID()}`)
    : localArn('states', `execution:${machineName}:${name}`);
}

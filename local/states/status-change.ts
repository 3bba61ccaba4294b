import type { Json } from '../aws/service.ts';
import type { Execution } from './execution-store.ts';

/** What the state machines put on the default bus. */
export interface StatusChangeEvent {
  readonly source: 'aws.states';
  readonly detailType: 'Step Functions Execution Status Change';
  readonly resources: readonly string[];
  readonly detail: Json;
}

/** Escaped input or output beyond 248 KB is left out (https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html). */
const LONGEST_DATA = 248 * 1024;

/** The event of an execution's status as it stands (https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html). */
export function statusChange(execution: Execution): StatusChangeEvent {
  const { arn, machineArn, versionArn, name, status, startedAt, stoppedAt, redriveCount, redrivenAt, error, cause } = execution;
  const [input, output] = [data(execution.input), data(execution.output)];
  return {
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: machineArn,
      name,
      status,
      startDate: startedAt,
      stopDate: stoppedAt ?? null,
      input: input.text,
      output: output.text,
      inputDetails: input.details,
      outputDetails: output.details,
      stateMachineVersionArn: versionArn ?? null,
      stateMachineAliasArn: null,
      redriveCount,
      redriveDate: redrivenAt ?? null,
      ...redrive(execution),
      error: error ?? null,
      cause: cause ?? null,
    },
  };
}

/** Whether an execution may be redriven, as DescribeExecution tells it (https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html). */
export function redrive({ status }: Execution): { redriveStatus: string; redriveStatusReason: string | null } {
  return status === 'RUNNING' || status === 'SUCCEEDED'
    ? { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: `Execution is ${status} and cannot be redriven` }
    : { redriveStatus: 'REDRIVABLE', redriveStatusReason: null };
}

function data(text: string | undefined): { text: string | null; details: { included: boolean } | null } {
  if (text === undefined) return { text: null, details: null };
  const included = Buffer.byteLength(JSON.stringify(text)) <= LONGEST_DATA;
  return { text: included ? text : null, details: { included } };
}

import { randomUUID } from 'node:crypto';
import { AwsError, type AwsService, type Json, type RequiredPermission } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import { executionArn, isExecutionArn, parseMachineArn } from './arns.ts';
import { DATA_LIMIT, withinDataLimit } from './asl/limits.ts';
import { describeExecution, describeMachine, listExecutions, readHistory } from './describe.ts';
import type { Execution } from './execution-store.ts';
import type { Executions } from './executions.ts';
import type { Machine, MachineStore } from './machine-store.ts';

type Operation = (input: Json) => Json | Promise<Json>;

/** On which ARN IAM checks an operation (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html). */
const RESOURCE_OF: Readonly<Record<string, 'stateMachineArn' | 'stateMachineVersionArn' | 'executionArn'>> = {
  StartExecution: 'stateMachineArn',
  DescribeStateMachine: 'stateMachineArn',
  ListStateMachineVersions: 'stateMachineArn',
  DeleteStateMachineVersion: 'stateMachineVersionArn',
  ListExecutions: 'stateMachineArn',
  DescribeExecution: 'executionArn',
  GetExecutionHistory: 'executionArn',
  StopExecution: 'executionArn',
  RedriveExecution: 'executionArn',
};

/** The Step Functions API, times in seconds (https://docs.aws.amazon.com/step-functions/latest/apireference/). */
export function createStatesService(machines: MachineStore, executions: Executions, clock: Clock): AwsService {
  const operations: Readonly<Record<string, Operation>> = {
    StartExecution: (input) => startExecution(input, machines, executions, clock),
    StopExecution({ executionArn: arn, error, cause }) {
      standardExecution(arn, executions);
      const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
      executions.stop(String(arn), text(error), text(cause));
      return { stopDate: (standardExecution(arn, executions).stoppedAt ?? 0) / 1000 };
    },
    async RedriveExecution({ executionArn: arn }) {
      const { arn: redriven } = standardExecution(arn, executions);
      return { redriveDate: (await executions.redrive(redriven)) / 1000 };
    },
    DescribeExecution: ({ executionArn: arn }) => describeExecution(standardExecution(arn, executions)),
    GetExecutionHistory: (input) => readHistory(input, standardExecution(input.executionArn, executions), executions.history),
    ListExecutions: (input) => listExecutions(input, findMachine(input.stateMachineArn, machines), executions.store),
    DescribeStateMachine({ stateMachineArn: arn }) {
      const machine = findMachine(arn, machines);
      return describeMachine(machine, machines.definitionText(machine.definition));
    },
    DeleteStateMachineVersion({ stateMachineVersionArn: arn }) {
      const { machineArn, version } = parseMachineArn(arn) ?? {};
      if (machineArn === undefined || version === undefined) throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
      machines.unpublish(machineArn, version);
      return {};
    },
    SendTaskSuccess({ taskToken, output }) {
      checkJson(output, 'output', 'InvalidOutput');
      executions.tokens.complete(taskToken, { output });
      return {};
    },
    SendTaskFailure({ taskToken, error, cause }) {
      executions.tokens.complete(taskToken, { error: String(error ?? ''), cause: String(cause ?? '') });
      return {};
    },
    SendTaskHeartbeat({ taskToken }) {
      executions.tokens.heartbeat(taskToken);
      return {};
    },
    ListStateMachineVersions: ({ stateMachineArn: arn }) => ({
      stateMachineVersions: machines.versions(findMachine(arn, machines).arn).map(({ versionArn, createdAt }) => ({
        stateMachineVersionArn: versionArn,
        creationDate: createdAt / 1000,
      })),
    }),
  };
  return {
    name: 'states',
    permissions: (operation, input) => permissions(operation, input, executions),
    async call(operation, input) {
      const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (!run) throw unknownOperation(operation);
      return run(input);
    },
  };
}

const unknownOperation = (operation: string) =>
  new AwsError('UnknownOperationException', `The operation ${operation} of Step Functions is not supported locally.`);

const TASK_RESPONSES = ['SendTaskSuccess', 'SendTaskFailure', 'SendTaskHeartbeat'];

/** An answer to a task is checked on the state machine whose task it is, as https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_stepfunctions.StateMachine.html grants it. */
function permissions(operation: string, input: Json, { tokens }: Executions): RequiredPermission[] {
  if (TASK_RESPONSES.includes(operation)) {
    return [{ action: `states:${operation}`, resource: tokens.machineOf(input.taskToken) ?? '*' }];
  }
  const key = Object.hasOwn(RESOURCE_OF, operation) ? RESOURCE_OF[operation] : undefined;
  if (!key) throw unknownOperation(operation);
  return [{ action: `states:${operation}`, resource: String(input[key] ?? '') }];
}

function findMachine(arn: unknown, machines: MachineStore): Machine {
  if (!parseMachineArn(arn)) throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
  const machine = machines.find(arn);
  if (!machine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return machine;
}

function standardExecution(arn: unknown, executions: Executions): Execution {
  if (!isExecutionArn(arn)) throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`);
  const execution = executions.store.find(arn);
  if (!execution) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return execution;
}

/** Characters that an execution's name must not have (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are among those refused.
const REFUSED_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff\ud800-\udfff]/;

/** The same name with the same input is the same execution while it runs; else a name is taken (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html). */
function startExecution(request: Json, machines: MachineStore, executions: Executions, clock: Clock): Json {
  const machine = findMachine(request.stateMachineArn, machines);
  const name = request.name ?? randomUUID();
  const input = request.input ?? '{}';
  if (typeof name !== 'string' || name.length < 1 || name.length > 80 || REFUSED_IN_NAMES.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
  checkJson(input, 'input', 'InvalidExecutionInput');
  const arn = executionArn(machine.type, machine.name, name);
  executions.forgetExpired(arn);
  const taken = executions.store.find(arn);
  if (taken && (taken.status !== 'RUNNING' || taken.input !== input)) {
    throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
  }
  const startedAt = taken?.startedAt ?? clock.now();
  if (!taken) {
    executions.start({
      arn,
      name,
      type: machine.type,
      machineArn: machine.arn,
      machineName: machine.name,
      ...(machine.versionArn !== undefined && { versionArn: machine.versionArn }),
      definition: machine.definition,
      roleArn: machine.roleArn,
      status: 'RUNNING',
      input,
      startedAt,
      announced: 0,
      redriveCount: 0,
    });
  }
  return { executionArn: arn, startDate: startedAt / 1000 };
}

function checkJson(text: unknown, what: string, refusal: string): asserts text is string {
  if (typeof text !== 'string') throw new AwsError('ValidationException', `The ${what} must be a string.`);
  if (!withinDataLimit(text)) throw new AwsError('ValidationException', `The ${what} has more than ${DATA_LIMIT} bytes.`);
  try {
    JSON.parse(text);
  } catch {
    throw new AwsError(refusal, `The ${what} is not valid JSON.`);
  }
}

import { DatabaseSync } from 'node:sqlite';
import type { Json } from '../../../local/aws/service.ts';
import { createMeter } from '../../../local/meter.ts';
import { createStates } from '../../../local/states/states.ts';
import { ManualClock } from './manual-clock.ts';

const PREFIX = 'arn:aws:states:us-east-1:123456789012';
const ROLE = 'arn:aws:iam::123456789012:role/machine';

export const machineArn = (name = 'machine') => `${PREFIX}:stateMachine:${name}`;
export const executionArn = (execution: string, machine = 'machine') => `${PREFIX}:execution:${machine}:${execution}`;
export const TASK = { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:work' } as const;

interface RigOptions {
  readonly db?: DatabaseSync;
  readonly clock?: ManualClock;
  /** What a task's function returns for its payload. */
  readonly work?: (payload: unknown) => unknown;
  readonly emit?: (event: Json) => Promise<void> | void;
}

/** Step Functions on a manual clock and a database in memory; `again` is the next process on what a killed one left. */
export function createRig({
  db = new DatabaseSync(':memory:'),
  clock = new ManualClock(),
  work = () => ({}),
  emit,
}: RigOptions = {}) {
  const events: Json[] = [];
  const lines: string[] = [];
  const meter = createMeter();
  const states = createStates({
    db,
    clock,
    meter,
    log: { line: (text) => void lines.push(text), detail: () => undefined },
    emit: async (event) => {
      await emit?.(event.detail);
      events.push({ ...event });
    },
    invokeHttp: async () => {
      throw new Error('No HTTP here.');
    },
    call: async (service, operation, input) => {
      if (service === 'states') return call(operation, input);
      if (service !== 'lambda') throw new Error(`No service ${service} here.`);
      return { StatusCode: 200, Payload: JSON.stringify(await work(JSON.parse(String(input.Payload)))) };
    },
  });
  const call = (operation: string, input: Json): Promise<Json> => states.service.call(operation, input, { kind: 'operator' });
  const resource = (type: string, logicalId: string, properties: Json) =>
    states.provisioners[type]?.({ stackName: 'Stack', logicalId, type, properties, metadata: {}, assemblyDir: '' });
  return {
    ...states,
    clock,
    db,
    events,
    lines,
    meter,
    call,
    /** Provisions a state machine that begins with the first of `graph`. */
    async machine(graph: Readonly<Record<string, Json>>, more: Json = {}) {
      const { TimeoutSeconds, ...properties } = more;
      const definition = {
        QueryLanguage: 'JSONata',
        StartAt: Object.keys(graph)[0],
        States: graph,
        ...(TimeoutSeconds ? { TimeoutSeconds } : {}),
      };
      return resource('AWS::StepFunctions::StateMachine', 'Machine', {
        StateMachineName: 'machine',
        RoleArn: ROLE,
        DefinitionString: JSON.stringify(definition),
        ...properties,
      });
    },
    version: async (logicalId: string, properties: Json = {}) =>
      resource('AWS::StepFunctions::StateMachineVersion', logicalId, { StateMachineArn: machineArn(), ...properties }),
    start: (name: string, input?: unknown, arn = machineArn()) =>
      call('StartExecution', { stateMachineArn: arn, name, ...(input !== undefined && { input: JSON.stringify(input) }) }),
    describe: (name: string) => call('DescribeExecution', { executionArn: executionArn(name) }),
    async history(name: string) {
      const { events: page } = await call('GetExecutionHistory', { executionArn: executionArn(name), maxResults: 1000 });
      return page as (Json & { id: number; type: string; previousEventId: number })[];
    },
    statuses: () => events.map(({ detail }) => (detail as Json).status),
    /** As a kill -9 leaves things: the old process writes no more, and nothing was said to it. */
    again: (next: Omit<RigOptions, 'db' | 'clock'> = {}) => createRig({ work, ...next, db, clock }),
  };
}

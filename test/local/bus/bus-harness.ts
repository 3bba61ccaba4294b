import { DatabaseSync } from 'node:sqlite';
import { AwsError, type Caller, type Json } from '../../../local/aws/service.ts';
import { type Bus, createBus } from '../../../local/bus/bus.ts';
import { createMeter } from '../../../local/meter.ts';
import type { TemplateResource } from '../../../local/template/provisioner.ts';
import { createManualClock } from '../manual-clock.ts';

export const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:consumer';
export const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:dead-letters';

export interface ReceivedCall {
  readonly target: string;
  readonly input: Json;
  readonly caller: Caller;
}

/** A bus with a manual clock, among services that record their calls and answer as `answer` says. */
export function createBusHarness(options: { db?: DatabaseSync; answer?: (call: ReceivedCall) => Json | Promise<Json> } = {}) {
  const { db = new DatabaseSync(':memory:'), answer = () => ({}) } = options;
  const calls: ReceivedCall[] = [];
  const lines: string[] = [];
  const clock = createManualClock();
  const meter = createMeter();
  const bus: Bus = createBus({
    db,
    clock,
    meter,
    log: { line: (text) => void lines.push(text), detail: () => undefined },
    call: async (service, operation, input, caller) => {
      const call = { target: `${service}:${operation}`, input, caller };
      calls.push(call);
      return service === 'events' ? bus.service.call(operation, input, caller) : answer(call);
    },
  });
  const provision = async (type: string, logicalId: string, properties: Json) => {
    const resource: TemplateResource = { stackName: 'app', logicalId, type, properties, metadata: {}, assemblyDir: '' };
    const provisioner = bus.provisioners[type];
    if (provisioner === undefined) throw new Error(`There is no provisioner of ${type}.`);
    return provisioner(resource);
  };
  return {
    bus,
    db,
    clock,
    meter,
    calls,
    lines,
    provision,
    rule: (name: string, properties: Json) =>
      provision('AWS::Events::Rule', name, {
        Name: name,
        EventPattern: { source: ['test.source'] },
        Targets: [{ Id: 'consumer', Arn: FUNCTION_ARN }],
        ...properties,
      }),
    putEvents: (...entries: Json[]) =>
      bus.service.call('PutEvents', { Entries: entries }, { kind: 'operator' }) as Promise<{
        FailedEntryCount: number;
        Entries: Array<{ EventId?: string; ErrorCode?: string }>;
      }>,
    /** What the functions have been given, as parsed JSON. */
    payloads: (): Json[] =>
      calls.filter(({ target }) => target === 'lambda:Invoke').map(({ input }) => JSON.parse(String(input.Payload))),
  };
}

/** A valid entry; tests change what they are about. */
export const entry = (changes: Json = {}): Json => ({ Source: 'test.source', DetailType: 'Tested', Detail: '{"a":1}', ...changes });

export const failWith =
  (code: string, status = 400) =>
  () =>
    Promise.reject(new AwsError(code, `${code} happened.`, status));

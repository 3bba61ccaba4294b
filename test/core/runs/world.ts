import { Throttled } from '../../../core/aws/throttled.ts';
import { saveDelivery } from '../../../core/deliveries/delivery.repository.ts';
import type { Delivery } from '../../../core/deliveries/delivery.ts';
import { activityIdOf } from '../../../core/events/event-id.ts';
import type { PlatformEvent } from '../../../core/events/platform-event.ts';
import type { HistoryEvent } from '../../../core/runs/history-event.ts';
import type { Run } from '../../../core/runs/run.ts';
import { partsInTable, type RunServiceParts } from '../../../core/runs/run-service.ts';
import type { StatusChange } from '../../../core/runs/status-change.ts';
import { NOW } from '../builders.ts';
import { openTestTable } from '../test-table.ts';

const EVENT_ID = 'abcdefghijklmnopqrstuvwxyz';
export const ACTIVITY_ID = activityIdOf(EVENT_ID, 'hello');
const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:stack-hello';
export const EXECUTION = `arn:aws:states:us-east-1:123456789012:execution:stack-hello:${ACTIVITY_ID}`;

/** `NOW`, so many seconds later. */
export const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

/** A run as the launcher writes it before it starts the workflow. */
export const aRun = (with_: Partial<Run> = {}): Run => ({
  activityId: ACTIVITY_ID,
  eventId: EVENT_ID,
  workspace: 'default',
  workflowId: 'hello',
  triggerId: 'hello',
  triggerKind: 'webhook',
  status: 'QUEUED',
  revision: '1',
  stateMachineArn: MACHINE,
  createdAt: NOW.toISOString(),
  changedAt: NOW.toISOString(),
  ...with_,
});

export const aDelivery = (with_: Partial<Delivery> = {}): Delivery => ({
  deliveryId: EVENT_ID,
  eventId: EVENT_ID,
  activityId: ACTIVITY_ID,
  workspace: 'default',
  workflowId: 'hello',
  triggerId: 'hello',
  triggerKind: 'webhook',
  method: 'POST',
  outcome: 'accepted',
  answered: 202,
  receivedAt: NOW.toISOString(),
  bodyHash: '00',
  ...with_,
});

export const aChange = (with_: Partial<StatusChange> = {}): StatusChange => ({
  activityId: ACTIVITY_ID,
  executionArn: EXECUTION,
  stateMachineArn: MACHINE,
  stateMachineVersionArn: `${MACHINE}:7`,
  status: 'RUNNING',
  startedAt: later(1).toISOString(),
  redriveCount: 0,
  ...with_,
});

export const SUCCEEDED = aChange({ status: 'SUCCEEDED', endedAt: later(2).toISOString(), output: '{"ok":true}' });

/** The real table code on an in-memory table, beside a Step Functions that knows the executions it is told. */
export async function openWorld() {
  const { table, close } = await openTestTable();
  const executions = new Map<string, { change: StatusChange; history: HistoryEvent[] }>();
  const announced: PlatformEvent[] = [];
  const calls = { stopped: [] as string[], described: [] as string[], histories: 0 };
  const throttle = { on: false };
  const unlessThrottled = () => {
    if (throttle.on) throw new Throttled(undefined);
  };
  const parts: RunServiceParts = {
    ...partsInTable(table),
    announce: async (event) => void announced.push(event),
    describeExecution: async (executionArn) => {
      unlessThrottled();
      calls.described.push(executionArn);
      return executions.get(executionArn)?.change;
    },
    stopExecution: async (executionArn) => {
      unlessThrottled();
      calls.stopped.push(executionArn);
    },
    history: async (executionArn) => {
      unlessThrottled();
      calls.histories++;
      return executions.get(executionArn)?.history ?? [];
    },
  };
  return {
    table,
    close,
    parts,
    calls,
    announced,
    throttle,
    execute: (change: StatusChange, history: HistoryEvent[] = []) => executions.set(change.executionArn, { change, history }),
    deliver: (delivery: Delivery) => saveDelivery(table, delivery),
  };
}

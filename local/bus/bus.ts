import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { type AwsCall, AwsError, type AwsService, type Json, type RequiredPermission } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import type { Provisioners, Removers } from '../template/provisioner.ts';
import { inTransaction } from '../transaction.ts';
import { createArchives } from './archive.ts';
import { busArn, busName, DEFAULT_BUS, replayArn } from './arn.ts';
import { createDeliveries } from './delivery.ts';
import { createDeliveryStore } from './delivery-store.ts';
import { type SerializedEvent, serializeEvent } from './event.ts';
import { busProvisioners } from './provision.ts';
import { type AcceptedEntry, type EntryError, readEntries } from './put-events.ts';
import { createReplays } from './replay.ts';
import type { Rule } from './rule.ts';
import { createRuleOperations, rulePermissions } from './rule-operations.ts';
import { createRuleStates } from './rule-states.ts';
import { createSchedules } from './schedule.ts';

/** An event of an AWS service, for the default bus. */
export interface ServiceEvent {
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** ARNs. */
  readonly resources?: readonly string[];
}

export interface Bus {
  /** The AWS service `events`. */
  readonly service: AwsService;
  readonly provisioners: Provisioners;
  readonly removers: Removers;
  /** Puts an event of an AWS service on the default bus; it is durable when this returns, within the caller's transaction if there is one. */
  emit(event: ServiceEvent): void;
  /** Begins to deliver, to fire schedules and to go on with what a former process left. Call it once the targets are there. */
  resume(): void;
  /** Stops; what is not delivered yet stays in the database. */
  close(): Promise<void>;
}

/** EventBridge bills 64 KB chunks (https://aws.amazon.com/eventbridge/pricing/). */
const BILLED_CHUNK = 64 * 1024;

/**
 * The local EventBridge. `db` is opened and configured by the caller; the bus keeps its own tables in it. `call` may be bound late: it is not used
 * before `resume()`.
 */
export function createBus(options: { db: DatabaseSync; call: AwsCall; clock: Clock; meter: Meter; log: Log }): Bus {
  const { db, call, clock, meter, log } = options;
  const rules = new Map<string, Map<string, Rule>>([[DEFAULT_BUS, new Map()]]);
  const store = createDeliveryStore(db);
  const archives = createArchives(db);
  /** Requests that pass an event on from another bus: it keeps its id, time and source. */
  const forwarded = new WeakMap<Json, SerializedEvent>();
  const forward = (input: Json, event: SerializedEvent) => void forwarded.set(input, event);
  const deliveries = createDeliveries({ store, call, forward, clock, log });

  /** Writes an event with all that becomes of it; `chosen` narrows the rules down. */
  function accept(bus: string, serialized: SerializedEvent, chosen: (rule: Rule) => boolean = () => true): void {
    // EventBridge answers with an id also when there is no such bus; the log says what became of the event.
    const rulesOfBus = rules.get(bus);
    if (rulesOfBus === undefined) {
      log.line(`the event bus ${bus} does not exist; an event of ${serialized.event.source} is dropped`);
      return;
    }
    const now = clock.now();
    const matching = [...rulesOfBus.values()].filter(
      (rule) => rule.enabled && chosen(rule) && rule.matches?.(serialized.event) === true,
    );
    inTransaction(db, () => {
      archives.keep(bus, serialized, now);
      store.add(serialized.json, matching, now);
    });
    deliveries.wake();
  }

  /** A scheduled event goes to its own rule alone (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html). */
  function fire(rule: Rule): void {
    const now = clock.now();
    const parts = {
      id: randomUUID(),
      source: 'aws.events',
      detailType: 'Scheduled Event',
      time: now,
      resources: [rule.arn],
      detail: '{}',
    };
    inTransaction(db, () => store.add(serializeEvent(parts).json, [rule], now));
    deliveries.wake();
  }

  const schedules = createSchedules({ db, clock, fire });
  const ruleStates = createRuleStates(db);
  const replays = createReplays({
    db,
    archives,
    clock,
    publish: (bus, event, arns) => accept(bus, event, (rule) => arns.length === 0 || arns.includes(rule.arn)),
  });

  function putEvents(input: Json): Json {
    const passedOn = forwarded.get(input);
    const entries = passedOn === undefined ? readEntries(input) : [];
    const results = inTransaction(db, () => entries.map(putEntry));
    if (passedOn !== undefined) {
      accept(requestedBuses(input)[0] ?? DEFAULT_BUS, passedOn);
      results.push({ EventId: passedOn.event.id });
    }
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }

  function putEntry(entry: AcceptedEntry | EntryError): EntryError | { EventId: string } {
    if ('ErrorCode' in entry) return entry;
    const id = randomUUID();
    meter.add('events.published', Math.max(1, Math.ceil(entry.bytes / BILLED_CHUNK)));
    accept(busName(entry.eventBus), serializeEvent({ ...entry, id, time: entry.time ?? clock.now() }));
    return { EventId: id };
  }

  function setRule(rule: Rule): void {
    rules.get(rule.bus)?.set(rule.name, rule);
    schedules.set(rule);
  }

  function removeRule(rule: Rule): void {
    rules.get(rule.bus)?.delete(rule.name);
    schedules.set({ ...rule, enabled: false });
  }

  const ruleArns = () => [...rules.values()].flatMap((rulesOfBus) => [...rulesOfBus.values()].map(({ arn }) => arn));

  function switchRule(rule: Rule, enabled: boolean): void {
    inTransaction(db, () => {
      ruleStates.set(rule.arn, enabled);
      setRule({ ...rule, enabled });
    });
  }

  const operations = createRuleOperations(db, {
    ruleOf: (bus, name) => rules.get(bus)?.get(name),
    rulesOf: (bus) => (rules.has(bus) ? [...(rules.get(bus)?.values() ?? [])] : undefined),
    set: setRule,
    remove: removeRule,
    switchRule,
  });

  const service: AwsService = {
    name: 'events',
    permissions: requiredPermissions,
    async call(operation, input) {
      const onRule = operations.find(operation);
      if (onRule) return onRule(input);
      switch (operation) {
        case 'PutEvents':
          return putEvents(input);
        case 'StartReplay':
          return replays.start(input);
        case 'DescribeReplay':
          return replays.describe(input);
        default:
          throw new AwsError('UnknownOperationException', `The operation ${operation} of EventBridge is not supported locally.`);
      }
    },
  };

  return {
    service,
    provisioners: busProvisioners({
      addBus(name) {
        if (rules.has(name)) return;
        rules.set(name, new Map());
        operations.load(name);
      },
      hasBus: (name) => rules.has(name),
      setRule: (rule, template) => setRule(ruleStates.declare(rule, template)),
      setArchive: (archive) => archives.set(archive),
    }),
    removers: {
      'AWS::Events::Rule': ({ attributes }) => {
        for (const rulesOfBus of rules.values()) {
          const rule = rulesOfBus.values().find(({ arn }) => arn === attributes.Arn);
          if (rule) removeRule(rule);
        }
        ruleStates.keepOnly(ruleArns());
      },
    },
    emit({ source, detailType, detail, resources = [] }) {
      const serialized = serializeEvent({
        id: randomUUID(),
        source,
        detailType,
        time: clock.now(),
        resources,
        detail: JSON.stringify(detail),
      });
      accept(DEFAULT_BUS, serialized);
    },
    resume() {
      ruleStates.keepOnly(ruleArns());
      deliveries.start();
      schedules.start();
      replays.resume();
    },
    async close() {
      schedules.close();
      replays.close();
      await deliveries.close();
    },
  };
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html */
function requiredPermissions(operation: string, input: Json): readonly RequiredPermission[] {
  if (operation === 'StartReplay' || operation === 'DescribeReplay') {
    return [{ action: `events:${operation}`, resource: replayArn(String(input.ReplayName ?? '')) }];
  }
  const onRule = rulePermissions(operation, input);
  if (onRule) return onRule;
  if (operation !== 'PutEvents') return [{ action: `events:${operation}`, resource: '*' }];
  const entries: readonly unknown[] = Array.isArray(input.Entries) ? input.Entries : [];
  const buses = requestedBuses(input);
  const perEntry = entries.map((entry, index) => ({
    action: 'events:PutEvents',
    resource: busArn(buses[index] ?? DEFAULT_BUS),
    context: { ...key('events:source', entry, 'Source'), ...key('events:detail-type', entry, 'DetailType') },
  }));
  return perEntry.length > 0 ? perEntry : [{ action: 'events:PutEvents', resource: busArn(DEFAULT_BUS) }];
}

/** The name of the bus of each entry. */
function requestedBuses(input: Json): readonly string[] {
  const entries: readonly unknown[] = Array.isArray(input.Entries) ? input.Entries : [];
  return entries.map((entry) => busName(property(entry, 'EventBusName')));
}

function key(name: string, entry: unknown, from: string): Record<string, string> {
  const value = property(entry, from);
  return value === undefined ? {} : { [name]: value };
}

function property(entry: unknown, name: string): string | undefined {
  const value: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

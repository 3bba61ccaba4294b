import type { PayloadStore } from '../../core/aws/payload-store.ts';
import type { Table } from '../../core/aws/table.ts';
import { failureAnnouncer } from '../../core/deliveries/announce-failed.ts';
import { countRejections, findDelivery, saveDelivery, setDeliveryOutcome } from '../../core/deliveries/delivery.repository.ts';
import type { Delivery } from '../../core/deliveries/delivery.ts';
import { countNotStored, type DeliveryFilter, listDeliveries } from '../../core/deliveries/delivery-lists.repository.ts';
import { deliveryLog } from '../../core/deliveries/delivery-log.ts';
import type { Replayer } from '../../core/deliveries/replay-delivery.ts';
import { announcer, type PlatformEvent } from '../../core/events/platform-event.ts';
import { changeRecipients, findRecipients } from '../../core/notifications/recipients.repository.ts';
import type { RecipientChanges, Recipients, Scope } from '../../core/notifications/recipients.ts';
import type { Page, PageRequest } from '../../core/paging.ts';
import type { Rerunner } from '../../core/runs/rerun.ts';
import { createRun, listRuns, listRunsOfEvent, type RunFilter } from '../../core/runs/run.repository.ts';
import type { Run } from '../../core/runs/run.ts';
import { openRuns, type RunService } from '../../core/runs/run-service.ts';
import type { Vault } from '../../core/secrets/vault.ts';
import type { Subscriptions } from '../../core/subscriptions/change-subscription.ts';
import { allTriggers } from '../../core/subscriptions/listening.ts';
import { findByNameOrId, openSubscriptionStore } from '../../core/subscriptions/subscription.repository.ts';
import type { SealedSecret } from '../../core/subscriptions/subscription.ts';
import { type Admit, admission } from '../../core/tokens/admit.ts';
import { lastUseNotes } from '../../core/tokens/last-use.ts';
import { findToken, listTokens, revokeToken, saveToken, saveTokenUse } from '../../core/tokens/token.repository.ts';
import type { Token } from '../../core/tokens/token.ts';
import type { EventTriggers, Rules } from '../../core/triggers/change-event-trigger.ts';
import type { Schedules, ScheduleTriggers } from '../../core/triggers/change-schedule.ts';
import { removeRunTimeTrigger } from '../../core/triggers/remove-run-time-trigger.ts';
import type { Receiver, Starter } from '../../core/triggers/start.ts';
import {
  findTrigger,
  listTriggers,
  removeTrigger,
  saveRunTimeTrigger,
  setPaused,
  type TriggerFilter,
} from '../../core/triggers/trigger.repository.ts';
import type { Trigger, TriggerOf } from '../../core/triggers/trigger.ts';
import { findTriggerSecret, saveTriggerSecret } from '../../core/triggers/trigger-secret.repository.ts';
import type { TriggerSwitch } from '../../core/triggers/trigger-switch.ts';
import type { WorkflowChanges } from '../../core/workflows/change-workflow.ts';
import { findInput } from '../../core/workflows/input.repository.ts';
import { findWorkflow, listWorkflows, pointTo, setActive } from '../../core/workflows/workflow.repository.ts';
import type { Workflow } from '../../core/workflows/workflow.ts';
import { findWorkspace, saveWorkspace } from '../../core/workspaces/workspace.repository.ts';
import type { Workspace } from '../../core/workspaces/workspace.ts';
import { type CallbackViews, openCallbackViews } from './open-callbacks.ts';

/** What the management API manages. Every list is of one workspace. */
export interface Api {
  /** The base of webhook URLs, without a slash at its end. */
  readonly publicUrl: string;
  readonly callbacks: CallbackViews;
  readonly admit: Admit;
  readonly runs: RunService;
  readonly announce: (event: PlatformEvent) => Promise<void>;
  readonly starter: Starter & Pick<Receiver, 'findInput'>;
  readonly rerunner: Rerunner;
  readonly redriveExecution: (executionArn: string) => Promise<void>;
  readonly listRuns: (filter: RunFilter, page: PageRequest) => Promise<Page<Run>>;
  readonly findToken: (tokenId: string) => Promise<Token | undefined>;
  readonly listTokens: (workspace: string, page: PageRequest) => Promise<Page<Token>>;
  readonly saveToken: (token: Token) => Promise<void>;
  readonly revokeToken: (tokenId: string, now: Date) => Promise<void>;
  readonly findTrigger: (triggerId: string) => Promise<Trigger | undefined>;
  readonly listTriggers: (workspace: string, filter: TriggerFilter, page: PageRequest) => Promise<Page<Trigger>>;
  readonly subscriptions: Subscriptions;
  readonly eventTriggers: EventTriggers;
  readonly scheduleTriggers: ScheduleTriggers;
  readonly removeRunTimeTrigger: (trigger: Trigger) => Promise<void>;
  readonly triggerSecrets: TriggerSecrets;
  readonly deliveries: Deliveries;
  readonly workflows: WorkflowChanges;
  readonly notifications: {
    readonly find: (scope: Scope) => Promise<Recipients>;
    readonly change: (scope: Scope, changes: RecipientChanges) => Promise<Recipients>;
    /** Has an address asked whether it wants to be told. */
    readonly subscribe: (address: string) => Promise<void>;
    /** The topics that may be named. */
    readonly topicArns: readonly string[];
  };
  readonly workspaces: {
    readonly find: (workspace: string) => Promise<Workspace>;
    readonly save: (settings: Workspace) => Promise<void>;
  };
  readonly listWorkflows: (workspace: string, page: PageRequest) => Promise<Page<Workflow>>;
}

export interface ApiResources {
  readonly table: Table;
  readonly publicUrl: string;
  readonly triggerSwitch: TriggerSwitch;
  readonly vault: Vault;
  /** How many subscriptions of one integration a workspace may have. */
  readonly subscriptionsPerIntegration: number;
  readonly rules: Rules;
  readonly schedules: Schedules;
  readonly subscribe: (address: string) => Promise<void>;
  readonly notificationTopics: readonly string[];
  /** How many rules the bus takes. */
  readonly ruleQuota: number;
  readonly payloads: PayloadStore;
  readonly publish: Starter['publish'];
  readonly startLauncher: (input: string) => Promise<void>;
  readonly executionInput: Rerunner['executionInput'];
  readonly redriveExecution: Api['redriveExecution'];
}

interface Deliveries extends Replayer {
  readonly find: (deliveryId: string) => Promise<Delivery | undefined>;
  readonly list: (filter: DeliveryFilter, page: PageRequest) => Promise<Page<Delivery>>;
  readonly countNotStored: (channelIds: readonly string[], now: Date) => Promise<number>;
  /** The runs that an event has started. */
  readonly runsOf: (workspace: string, eventId: string) => Promise<readonly Run[]>;
}

/** The secrets of webhook triggers with a declared verification, sealed. */
interface TriggerSecrets {
  readonly find: (triggerId: string) => Promise<readonly SealedSecret[] | undefined>;
  readonly save: (triggerId: string, sealed: readonly SealedSecret[]) => Promise<void>;
}

export function openApi(resources: ApiResources): Api {
  const { table, publicUrl, triggerSwitch, vault, subscriptionsPerIntegration, rules, ruleQuota, payloads, startLauncher } =
    resources;
  const { publish, executionInput, redriveExecution, schedules, subscribe, notificationTopics } = resources;
  const store = openSubscriptionStore(table);
  const triggersOf = (workspace: string) => allTriggers((page) => listTriggers(table, workspace, {}, page));
  const findWorkflowNow = (workspace: string, workflowId: string) =>
    findWorkflow(table, workspace, workflowId, { consistent: true });
  const startAgain = { findWorkflow: findWorkflowNow, createRun: (run: Run) => createRun(table, run), startLauncher };
  const eventTriggers = {
    rules,
    ruleQuota,
    findTrigger: (triggerId: string) => findTrigger(table, triggerId, { consistent: true }),
    saveTrigger: (trigger: TriggerOf<'event' | 'schedule'>, now: Date) => saveRunTimeTrigger(table, trigger, now),
    removeTrigger: (triggerId: string) => removeTrigger(table, triggerId),
    findWorkflow: findWorkflowNow,
    findSubscription: (workspace: string, nameOrId: string) => findByNameOrId(store, workspace, nameOrId),
  };
  const removeAtRunTime = (trigger: Trigger) =>
    removeRunTimeTrigger({ rules, schedules, removeTrigger: eventTriggers.removeTrigger }, trigger);
  return {
    publicUrl,
    callbacks: openCallbackViews(table),
    admit: admission({
      findToken: (tokenId) => findToken(table, tokenId),
      noteTokenUse: lastUseNotes((tokenId, hour) => saveTokenUse(table, tokenId, hour)),
    }),
    runs: openRuns(table, publish),
    announce: announcer(publish),
    starter: {
      publish,
      announceFailed: failureAnnouncer(announcer(publish)),
      storePayload: payloads.storePayload,
      storeBody: payloads.storeBody,
      saveDelivery: (delivery) => saveDelivery(table, delivery),
      setDeliveryOutcome: (deliveryId, outcome, answered) => setDeliveryOutcome(table, deliveryId, outcome, answered),
      logDelivery: deliveryLog({
        save: (delivery) => saveDelivery(table, delivery),
        count: (channelId, minute, times) => countRejections(table, channelId, minute, times),
      }),
      findInput: (workspace, workflowId) => findInput(table, workspace, workflowId),
      // Admission has noted it.
      noteTokenUse: async () => undefined,
    },
    rerunner: { executionInput, ...startAgain },
    redriveExecution,
    listRuns: (filter, page) => listRuns(table, filter, page),
    findToken: (tokenId) => findToken(table, tokenId),
    listTokens: (workspace, page) => listTokens(table, workspace, page),
    saveToken: (token) => saveToken(table, token),
    revokeToken: (tokenId, now) => revokeToken(table, tokenId, now),
    findTrigger: (triggerId) => findTrigger(table, triggerId),
    listTriggers: (workspace, filter, page) => listTriggers(table, workspace, filter, page),
    subscriptions: {
      store,
      vault,
      limit: subscriptionsPerIntegration,
      triggersOf,
      removeTrigger: removeAtRunTime,
    },
    eventTriggers,
    scheduleTriggers: {
      ...eventTriggers,
      schedules,
      triggerSwitch,
      setPaused: (triggerId, paused) => setPaused(table, triggerId, paused),
      findInput: (workspace, workflowId) => findInput(table, workspace, workflowId),
    },
    removeRunTimeTrigger: removeAtRunTime,
    triggerSecrets: {
      find: (triggerId) => findTriggerSecret(table, triggerId),
      save: (triggerId, sealed) => saveTriggerSecret(table, triggerId, sealed),
    },
    deliveries: {
      find: (deliveryId) => findDelivery(table, deliveryId, { consistent: true }),
      list: (filter, page) => listDeliveries(table, filter, page),
      countNotStored: (channelIds, now) => countNotStored(table, channelIds, now),
      runsOf: (workspace, eventId) => listRunsOfEvent(table, workspace, eventId),
      triggersOf,
      findSubscription: store.find,
      readBody: payloads.read,
      storePayload: payloads.storePayload,
      startAgain,
    },
    workflows: {
      findWorkflow: findWorkflowNow,
      pointTo: (workflow, revision, now) => pointTo(table, workflow, revision, now),
      setActive: (workflow, active, now) => setActive(table, workflow, active, now),
      triggersOf,
      triggerSwitch,
    },
    notifications: {
      find: (scope) => findRecipients(table, scope),
      change: (scope, changes) => changeRecipients(table, scope, changes),
      subscribe,
      topicArns: notificationTopics,
    },
    workspaces: {
      find: (workspace) => findWorkspace(table, workspace),
      save: (settings) => saveWorkspace(table, settings),
    },
    listWorkflows: (workspace, page) => listWorkflows(table, workspace, page),
  };
}

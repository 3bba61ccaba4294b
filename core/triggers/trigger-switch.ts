import type { Trigger } from './trigger.ts';

/**
 * Turns on and off what starts a workflow without a request: an event trigger's rule, a schedule trigger's schedule. A webhook has nothing to
 * turn; ingest refuses it while its workflow is inactive. Each can be repeated.
 */
export interface TriggerSwitch {
  readonly enable: (trigger: Trigger) => Promise<void>;
  readonly disable: (trigger: Trigger) => Promise<void>;
}

import { describe, expect, test } from '@jest/globals';
import { integrationSource } from '../../../core/events/envelope.ts';
import {
  createEventTrigger,
  type EventTriggers,
  editEventTrigger,
  type NewEventTrigger,
  RuleLimit,
  removeEventTrigger,
  ruleNameOf,
  type TriggerRule,
} from '../../../core/triggers/change-event-trigger.ts';
import type { Trigger } from '../../../core/triggers/trigger.ts';
import { aSubscription, aTrigger, aWorkflow, NOW } from '../builders.ts';

const asked: NewEventTrigger = {
  workspace: 'default',
  id: 'on-pr',
  workflowId: 'hello',
  subscription: 'mill',
  types: ['pull_request.*'],
  filter: { action: ['opened'] },
  labels: { team: 'web' },
  enabled: true,
};

function aWorld(with_: Partial<EventTriggers> & { active?: boolean } = {}) {
  const rules = new Map<string, TriggerRule>();
  const stored = new Map<string, Trigger>();
  const triggers: EventTriggers = {
    rules: {
      list: async () => [...rules].map(([id, { pattern }]) => ({ name: ruleNameOf(id), pattern: JSON.stringify(pattern) })),
      put: async (rule) => {
        rules.set(rule.trigger.triggerId, rule);
        return `arn:rule/${rule.trigger.triggerId}`;
      },
      remove: async (triggerId) => void rules.delete(triggerId),
    },
    ruleQuota: 300,
    findTrigger: async (id) => stored.get(id),
    saveTrigger: async (trigger) => {
      stored.set(trigger.triggerId, trigger);
      return true;
    },
    removeTrigger: async (id) => void stored.delete(id),
    findWorkflow: async (_workspace, id) => (id === 'hello' ? aWorkflow({ active: with_.active ?? true }) : undefined),
    findSubscription: async (_workspace, name) => (name === 'mill' ? aSubscription() : undefined),
    ...with_,
  };
  return { triggers, rules, stored };
}

describe('an event trigger made at run time', () => {
  test("is a rule of the subscription's events, its filter under the event's data", async () => {
    const { triggers, rules, stored } = aWorld();

    const trigger = await createEventTrigger(triggers, asked, NOW);

    expect(rules.get('on-pr')?.trigger.labels).toEqual({ team: 'web' });
    expect(trigger).toMatchObject({ triggerId: 'on-pr', atRunTime: true, subscription: 'mill', resourceArn: 'arn:rule/on-pr' });
    expect(stored.get('on-pr')).toEqual(trigger);
    expect(rules.get('on-pr')).toMatchObject({
      enabled: true,
      pattern: {
        source: [integrationSource('github')],
        'detail-type': [{ prefix: 'pull_request.' }],
        detail: { workspace: ['default'], subscription: [aSubscription().subscriptionId], data: { action: ['opened'] } },
      },
    });
  });

  test('starts nothing while its workflow is inactive, or while it is disabled', async () => {
    const inactive = aWorld({ active: false });
    await createEventTrigger(inactive.triggers, asked, NOW);
    expect(inactive.rules.get('on-pr')?.enabled).toBe(false);

    const { triggers, rules } = aWorld();
    const trigger = await createEventTrigger(triggers, { ...asked, enabled: false }, NOW);
    expect(rules.get('on-pr')?.enabled).toBe(false);
    await editEventTrigger(triggers, trigger, { enabled: true }, NOW);
    expect(rules.get('on-pr')?.enabled).toBe(true);
  });

  test('can be asked for again, but not under an id that is taken', async () => {
    const { triggers, stored } = aWorld();
    await createEventTrigger(triggers, asked, NOW);
    await createEventTrigger(triggers, asked, NOW);
    expect(stored.size).toBe(1);

    await expect(createEventTrigger(triggers, { ...asked, types: ['push'] }, NOW)).rejects.toMatchObject({ status: 409 });
    stored.set('hello', aTrigger());
    await expect(createEventTrigger(triggers, { ...asked, id: 'hello' }, NOW)).rejects.toMatchObject({ status: 409 });
  });

  test('leaves no rule when it cannot be stored', async () => {
    const refusing = aWorld({ saveTrigger: async () => false });
    await expect(createEventTrigger(refusing.triggers, asked, NOW)).rejects.toMatchObject({ status: 409 });
    expect(refusing.rules.size).toBe(0);

    const failing = aWorld({
      saveTrigger: async () => {
        throw new Error('down');
      },
    });
    await expect(createEventTrigger(failing.triggers, asked, NOW)).rejects.toThrow('down');
    expect(failing.rules.size).toBe(0);
  });

  test('keeps its rule as it was when a change cannot be stored', async () => {
    const { triggers, rules } = aWorld();
    const trigger = await createEventTrigger(triggers, asked, NOW);
    const before = rules.get('on-pr')?.pattern;

    await expect(
      editEventTrigger({ ...triggers, saveTrigger: async () => false }, trigger, { types: ['push'] }, NOW),
    ).rejects.toMatchObject({
      status: 409,
    });
    expect(rules.get('on-pr')?.pattern).toEqual(before);
  });

  test.each([
    ['an unknown workflow', { workflowId: 'none' }, 404, undefined],
    ['an unknown subscription', { subscription: 'none' }, 422, '/subscription'],
    ['a filter that is no pattern', { filter: { action: 'opened' } }, 422, '/filter/action'],
    ['a filter that is too long', { filter: { action: ['x'.repeat(2_000)] } }, 422, '/filter'],
    ['a reserved id', { id: 'payload' }, 422, '/id'],
  ])('is refused for %s', async (_, with_, status, pointer) => {
    const { triggers, rules } = aWorld();

    await expect(createEventTrigger(triggers, { ...asked, ...with_ }, NOW)).rejects.toMatchObject({
      status,
      ...(pointer && { errors: [{ pointer }] }),
    });
    expect(rules.size).toBe(0);
  });

  test('is refused with the reason when the bus takes no more rules', async () => {
    const full = aWorld({ ruleQuota: 1 });
    await createEventTrigger(full.triggers, asked, NOW);
    await expect(createEventTrigger(full.triggers, { ...asked, id: 'two' }, NOW)).rejects.toMatchObject({
      status: 409,
      message: expect.stringMatching(/has 1 rules, and its quota is 1/),
    });

    const wild = aWorld();
    for (let index = 0; index < 30; index++) {
      await createEventTrigger(wild.triggers, { ...asked, id: `w${index}`, types: ['a*b'] }, NOW);
    }
    await expect(createEventTrigger(wild.triggers, { ...asked, id: 'w30', types: ['a*b'] }, NOW)).rejects.toMatchObject({
      status: 409,
      message: expect.stringMatching(/30 rules that match with wildcards/),
    });

    const { triggers } = aWorld();
    const limited = { ...triggers.rules, put: () => Promise.reject(new RuleLimit(new Error('LimitExceededException'))) };
    await expect(createEventTrigger({ ...triggers, rules: limited }, asked, NOW)).rejects.toMatchObject({ status: 409 });
  });

  test('goes with its rule; a declared one stays', async () => {
    const { triggers, rules, stored } = aWorld();
    const trigger = await createEventTrigger(triggers, asked, NOW);

    await expect(removeEventTrigger(triggers, aTrigger())).rejects.toMatchObject({ status: 409 });
    await removeEventTrigger(triggers, trigger);

    expect([rules.size, stored.size]).toEqual([0, 0]);
  });
});

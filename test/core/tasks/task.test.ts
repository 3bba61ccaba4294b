import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { task } from '../../../core/tasks/task.ts';

const input = v.object({ name: v.string(), items: v.array(v.object({ sku: v.string() })) });
const good = { name: 'Ada', items: [{ sku: 'a1' }] };

describe('a task', () => {
  test('gets its input as the schema gives it, typed', async () => {
    const handler = task({ input: v.object({ count: v.pipe(v.string(), v.transform(Number)) }) }, ({ count }) => ({
      twice: 2 * count,
    }));

    const { twice }: { twice: number } = await handler({ count: '21' });

    expect(twice).toBe(42);
  });

  test('is told the run that calls it', async () => {
    const handler = task({ input: v.unknown() }, (_, { activityId, workflowId }) => ({ activityId, workflowId }));
    const clientContext = { custom: { activityId: 'abc-hello', workflowId: 'hello' } };

    expect(await handler({}, { clientContext })).toEqual({ activityId: 'abc-hello', workflowId: 'hello' });
    expect(await handler({})).toEqual({ activityId: undefined, workflowId: undefined });
  });

  test('takes the schemas of any library that follows the Standard Schema', async () => {
    const even = {
      '~standard': {
        version: 1,
        vendor: 'own',
        validate: (value: unknown) => (Number(value) % 2 === 0 ? { value: Number(value) } : { issues: [{}] }),
      },
    } as const;

    expect(await task({ input: even }, (number) => number)('4')).toBe(4);
    await expect(task({ input: even }, (number) => number)('3')).rejects.toThrow('as a whole');
  });

  test('that is called with what it does not take fails, saying where and nothing of what it got', async () => {
    const handler = task({ input }, () => null);

    const failure = await handler({ name: 5, items: [{ sku: 'a1' }, { sku: { secret: 'hunter2' } }] }).catch((error) => error);

    expect(failure).toMatchObject({
      name: 'InvalidInput',
      message: "The task's input does not fit its schema: name, items.1.sku.",
    });
  });

  test('whose output does not fit fails as well', async () => {
    const handler = task({ input, output: v.object({ greeting: v.pipe(v.string(), v.minLength(3)) }) }, ({ name }) => ({
      greeting: name.slice(3),
    }));

    await expect(handler(good)).rejects.toMatchObject({ name: 'InvalidOutput', message: expect.stringMatching(/: greeting\.$/) });
  });

  test('that throws fails with its own error', async () => {
    const handler = task({ input }, () => {
      throw new RangeError('No such item.');
    });

    await expect(handler(good)).rejects.toThrow(new RangeError('No such item.'));
  });
});

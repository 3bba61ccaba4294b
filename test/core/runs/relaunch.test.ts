import { expect, jest, test } from '@jest/globals';
import { relaunch } from '../../../core/runs/relaunch.ts';

test('each message starts the launcher with its body as it is; those that fail, or are no input, are given back', async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const started: string[] = [];
  const startLauncher = async (input: string) => {
    if (input.includes('refuse')) throw new Error('no');
    started.push(input);
  };
  const bodies = ['{ "detail": {"id":"a"} }', '{"refuse":1}', '[1]', 'null', '"text"', 'broken'];
  const failed = await relaunch(
    startLauncher,
    bodies.map((body, index) => ({ messageId: String(index), body })),
  );
  expect(started).toEqual(['{ "detail": {"id":"a"} }']);
  expect(failed).toEqual(['1', '2', '3', '4', '5']);
});

import { describe, expect, test } from '@jest/globals';
import { readRunContext, withRunContext } from '../../../core/tasks/run-context.ts';
import { runDefinition } from '../../../local/states/run-definition.ts';

const GREET = 'arn:aws:lambda:us-east-1:123456789012:function:greet:1';
const OTHER = 'arn:aws:lambda:us-east-1:123456789012:function:other';
const isTask = (arn: unknown) => arn === GREET;

/** What Lambda would hand to each task of a run. */
async function contextsOf(definition: object) {
  const calls: Record<string, unknown> = {};
  const { status } = await runDefinition({
    definition: withRunContext(definition, 'hello', isTask),
    input: {},
    startTime: Date.UTC(2026, 0, 1),
    mocks: async (state, given) => {
      calls[state] = given;
      return {};
    },
  });
  expect(status).toBe('SUCCEEDED');
  return Object.fromEntries(
    Object.entries(calls).map(([state, given]) => {
      const { ClientContext } = given as { ClientContext?: string };
      return [state, ClientContext && readRunContext(JSON.parse(Buffer.from(ClientContext, 'base64').toString()))];
    }),
  );
}

const invoke = (functionArn: string, more: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  ...more,
  FunctionName: functionArn,
});
const jsonata = ({ FunctionName, ...state }: ReturnType<typeof invoke>) => ({ ...state, Arguments: { FunctionName } });
const jsonPath = ({ FunctionName, ...state }: ReturnType<typeof invoke>) => ({ ...state, Parameters: { FunctionName } });

// The execution's name is the run's id (design.md), here the one that runDefinition gives.
const run = { activityId: expect.stringMatching(/.+/), workflowId: 'hello' };

describe("a workflow's own tasks are told their run", () => {
  test('in JSONata, at any depth, and nothing else is', async () => {
    const inner = { StartAt: 'C', States: { C: jsonata(invoke(GREET, { End: true })) } };
    const contexts = await contextsOf({
      QueryLanguage: 'JSONata',
      StartAt: 'A',
      States: {
        A: jsonata(invoke(GREET, { Next: 'B' })),
        B: jsonata(invoke(OTHER, { Next: 'Both' })),
        Both: { Type: 'Parallel', Branches: [inner], End: true },
      },
    });

    expect(contexts).toEqual({ A: run, B: undefined, C: run });
  });

  test('in JSONPath', async () => {
    const contexts = await contextsOf({ StartAt: 'A', States: { A: jsonPath(invoke(GREET, { End: true })) } });

    expect(contexts).toEqual({ A: run });
  });
});

test('what a definition says itself stays', () => {
  const state = { Type: 'Task', Arguments: { FunctionName: GREET, ClientContext: 'e30=' }, End: true };
  const definition = { QueryLanguage: 'JSONata', StartAt: 'A', States: { A: state } };

  expect(withRunContext(definition, 'hello', isTask)).toEqual(definition);
});

test.each([[undefined], [null], [{}], [{ custom: 'x' }], [{ custom: { activityId: 5 } }]])('%j names no run', (clientContext) => {
  expect(readRunContext(clientContext)).toEqual({ activityId: undefined, workflowId: undefined });
});

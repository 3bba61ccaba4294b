import { stringify } from 'yaml';
import { RESERVED_TRIGGER_IDS } from '../../core/triggers/trigger.ts';

/**
 * The files of a new workflow's folder, by their paths in it: a webhook, one task, and a test. `folder` is its path from the project's
 * folder, `schema` that of workflow.yaml's JSON Schema from the folder, if there is one.
 */
export function newWorkflowFiles(workflowId: string, folder: string, schema?: string): Readonly<Record<string, string>> {
  const name = workflowId.replaceAll('-', ' ').trim();
  const triggerId = triggerIdOf(workflowId);
  const declared = {
    name: name === '' ? workflowId : name.charAt(0).toUpperCase() + name.slice(1),
    description: 'Greets whoever the request names.',
    triggers: [{ kind: 'webhook', id: triggerId }],
  };
  return {
    'workflow.yaml': `${schema === undefined ? '' : `# yaml-language-server: $schema=${schema}\n`}${stringify(declared)}`,
    'definition.asl.yaml': DEFINITION,
    'tasks/greet.ts': TASK,
    'event.json': '{ "name": "Ada" }\n',
    'README.md': `# ${workflowId}

Greets whoever the request names.

- Trigger: the webhook \`${triggerId}\`, \`POST /webhook/${triggerId}\` with a token.
- Input: a JSON body such as \`event.json\`.
- Output: \`{ "greeting": "Hello, Ada!" }\`

Run it here: \`npx millrace workflows test ${folder} --event ${folder}/event.json\`

Send to it: \`npx millrace send ${triggerId} ${folder}/event.json\`
`,
    'workflow.test.ts': TEST,
  };
}

/** The id of a new workflow's webhook: the workflow's own, unless a route has it. */
export const triggerIdOf = (workflowId: string): string =>
  RESERVED_TRIGGER_IDS.includes(workflowId) ? `${workflowId}-webhook` : workflowId;

const DEFINITION = `Comment: A task, and an answer made of its result.
QueryLanguage: JSONata
StartAt: Greet
States:
  Greet:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Arguments:
      FunctionName: \${tasks.greet}
      Payload:
        name: \${workflow.input.body.name}
    TimeoutSeconds: 30
    # What Lambda itself may raise in passing
    # (https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception).
    Retry:
      - ErrorEquals:
          - Lambda.ClientExecutionTimeoutException
          - Lambda.ServiceException
          - Lambda.AWSLambdaException
          - Lambda.SdkClientException
          - Lambda.TooManyRequestsException
        IntervalSeconds: 1
        BackoffRate: 2
        MaxAttempts: 5
        JitterStrategy: FULL
    Output: "{% $states.result.Payload %}"
    Next: Answer

  Answer:
    Type: Succeed
    Output:
      greeting: \${Greet.output.greeting}
`;

const TASK = `/** Takes \`{ name }\`, answers \`{ greeting }\`; who gives no name is the world. */
export async function handler({ name }: { name: string | null }): Promise<{ greeting: string }> {
  return { greeting: \`Hello, \${name ?? 'world'}!\` };
}
`;

const TEST = `import { expect, test } from '@jest/globals';
import { runWorkflow } from 'millrace/testing';

test('greets whoever the request names', async () => {
  const { status, output } = await runWorkflow(import.meta.dirname, { input: { body: { name: 'Ada' } } });

  expect(status).toBe('SUCCEEDED');
  expect(output).toEqual({ greeting: 'Hello, Ada!' });
});

test('a failing task fails the run', async () => {
  const { status, error } = await runWorkflow(import.meta.dirname, {
    input: { body: {} },
    mocks: { Greet: { error: 'OutOfWords', cause: 'No greeting was left.' } },
  });

  expect(status).toBe('FAILED');
  expect(error).toBe('OutOfWords');
});
`;

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { WORKFLOW_ID } from '../../core/workflows/workflow.ts';
import { examples, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { newWorkflowFiles, triggerIdOf } from './new-workflow.ts';

/** Adds `workflows new` to the group. */
export function addNew(workflows: Command): void {
  workflows
    .command('new')
    .description('make the folder of a new workflow, complete and working')
    .argument('<id>', "the workflow's id, which names its folder", parseWorkflowId)
    .option('--directory <folder>', 'where the folders of workflows are', 'workflows')
    .addHelpText('after', examples('workflows new order-paid'))
    .action(makeFolder);
}

async function makeFolder(workflowId: string, { directory }: { directory: string }, command: Command): Promise<void> {
  const folder = join(directory, workflowId);
  if (existsSync(folder)) throw new CommandFailed(`${folder} exists already; choose another id.`);
  if (!existsSync(directory)) {
    throw new CommandFailed(`There is no folder ${directory} here; go to the project's folder, or name another with --directory.`);
  }
  const hasSchema = existsSync(join(directory, '..', SCHEMA));
  const files = newWorkflowFiles(workflowId, folder.replaceAll(sep, '/'), hasSchema ? `../../${SCHEMA}` : undefined);
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { flag: 'wx' });
  }
  show(command, { workflowId, folder, files: Object.keys(files) }, () =>
    [
      `Made ${folder}:`,
      ...Object.keys(files).map((name) => `  ${name.padEnd(21)}${PURPOSES[name] ?? ''}`),
      '',
      'Run it, with its event and no server:',
      `  npx millrace workflows test ${directory === 'workflows' ? workflowId : folder} --event ${join(folder, 'event.json')}`,
      'Check it after a change:',
      `  npx millrace workflows check${directory === 'workflows' ? '' : ` ${directory}`}`,
      'Start everything with `npm start` and send it a request:',
      `  npx millrace send ${triggerIdOf(workflowId)} ${join(folder, 'event.json')}`,
    ].join('\n'),
  );
}

/** The JSON Schema of workflow.yaml, from the project's folder. */
const SCHEMA = 'schemas/workflow.schema.json';

const PURPOSES: Readonly<Record<string, string>> = {
  'workflow.yaml': 'its name and its triggers',
  'definition.asl.yaml': 'its states',
  'tasks/greet.ts': 'a Lambda function, called by the definition',
  'event.json': 'a request body to try it with',
  'README.md': 'what it does, for its next reader',
  'workflow.test.ts': 'its test, which `npm test` runs',
};

function parseWorkflowId(text: string): string {
  if (WORKFLOW_ID.test(text)) return text;
  throw new InvalidArgumentError("A workflow's id is 1 to 40 lower-case letters, digits or hyphens.");
}

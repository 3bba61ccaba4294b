import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidFileError, type Mistake } from '../../core/workflows/source-text.ts';
import { examples, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { printable } from './table.ts';

/** What `--json` writes. */
interface Checked {
  /** The ids of the workflows; none while there are problems. */
  readonly workflows: readonly string[];
  readonly problems: readonly { readonly file: string; readonly line: number; readonly column: number; readonly message: string }[];
}

/** Adds `check` to the program or a group of it. */
export function addCheck(parent: Command): void {
  parent
    .command('check')
    .description('check the folders of workflows, as a deployment would')
    .argument('[directory...]', 'where the folders of workflows are', ['workflows'])
    .addHelpText('after', examples('workflows check', 'workflows check workflows more-workflows --json'))
    .action(checkFolders);
}

async function checkFolders(directories: readonly string[], _options: object, command: Command): Promise<void> {
  const checked = await check(directories);
  const { problems, workflows } = checked;
  show(command, checked, () =>
    problems.length > 0
      ? problems.map(({ file, line, column, message }) => printable(`${file}:${line}:${column}: ${message}`)).join('\n')
      : `${count(workflows.length, 'workflow')}, no problems.`,
  );
  if (problems.length > 0) {
    const files = new Set(problems.map(({ file }) => file));
    throw new CommandFailed(`${count(problems.length, 'problem')} in ${count(files.size, 'file')}.`);
  }
}

async function check(directories: readonly string[]): Promise<Checked> {
  const missing = directories.find((directory) => !existsSync(directory));
  if (missing !== undefined)
    throw new CommandFailed(`There is no folder ${missing}; name the one that holds the folders of workflows.`);
  // The validators take longer to load than the rest of the command line.
  const { readWorkflowFolders } = await import('../../core/workflows/workflow-folder.ts');
  try {
    return { workflows: readWorkflowFolders(directories).map(({ workflowId }) => workflowId), problems: [] };
  } catch (error) {
    if (error instanceof InvalidFileError) return { workflows: [], problems: error.mistakes.map(problemOf) };
    throw error;
  }
}

function problemOf({ place, message }: Mistake): Checked['problems'][number] {
  const [, file = place, line = '1', column = '1'] = /^(.*):(\d+):(\d+)$/s.exec(place) ?? [];
  return { file, line: Number(line), column: Number(column), message };
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { examples } from './commands/arguments.ts';
import { addCallbacks } from './commands/callbacks.ts';
import { addTriggerChanges } from './commands/change-triggers.ts';
import { addCheck } from './commands/check.ts';
import { CommandFailed } from './commands/connection.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { addEvents } from './commands/events.ts';
import { addIntegrations } from './commands/integrations.ts';
import { addListen } from './commands/listen.ts';
import { addNotifications } from './commands/notifications.ts';
import { addRerun } from './commands/rerun.ts';
import { addRun } from './commands/run.ts';
import { addRuns } from './commands/runs.ts';
import { addSchedules } from './commands/schedules.ts';
import { addSend } from './commands/send.ts';
import { addSubscriptions } from './commands/subscriptions.ts';
import { printable } from './commands/table.ts';
import { addTokens } from './commands/tokens.ts';
import { addTriggers } from './commands/triggers.ts';
import { addWorkflows } from './commands/workflows.ts';
import { addWorkspace } from './commands/workspace.ts';

const program = new Command('millrace')
  .description('Sends to triggers, watches deliveries and runs, and manages what starts workflows.')
  .version(packageJson.version)
  .option('--url <url>', "the stack's address (default: $MILLRACE_URL, else the local stack)")
  .option('--json', "print the management API's JSON")
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
  .addHelpText(
    'after',
    `
The local stack is found by the .millrace/local.json that \`npm start\` writes, in this folder or one above it
(or in $MILLRACE_STATE_DIR). For any other, put its token into MILLRACE_TOKEN.
Exit codes: 0 done, 1 failed, 2 wrong command line.
${examples('send hello', 'runs list --workflow hello', 'tokens create --name ci --scope trigger --url https://millrace.example.com')}`,
  );
addTokens(program);
addTriggerChanges(addTriggers(program));
addIntegrations(program);
addSubscriptions(program);
addDeliveries(program);
addListen(program);
addEvents(program);
addSchedules(program);
addRerun(addRuns(program));
addRun(program);
addCallbacks(program);
addSend(program);
addWorkflows(program);
addWorkspace(program);
addNotifications(program);
addCheck(program);

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = tell(error);
}

/** Says on stderr what went wrong, unless commander has said it, and gives the exit code. */
function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { message } = error instanceof Error ? error : { message: String(error) };
  const isExpected = error instanceof CommandFailed;
  process.stderr.write(`${printable(isExpected ? message : `Something unexpected went wrong: ${message}`)}\n`);
  return isExpected ? error.exitCode : 1;
}

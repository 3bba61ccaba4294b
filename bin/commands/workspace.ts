import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, examples, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { callApi, jsonBody } from './management-api.ts';
import { formatRecord } from './table.ts';

const workspaceSchema = v.looseObject({ id: v.string(), allowedOrigins: v.array(v.string()) });

const described = ({ id, allowedOrigins }: v.InferOutput<typeof workspaceSchema>): string =>
  formatRecord({ id, 'allowed origins': allowedOrigins.join(', ') || 'none' });

export function addWorkspace(program: Command): void {
  const workspace = program.command('workspace').description("see and change what holds for the token's workspace");

  workspace
    .command('show')
    .description('show the workspace')
    .addHelpText('after', examples('workspace show'))
    .action(async (_options: object, command: Command) => {
      show(command, await callApi(connectionOf(command), { method: 'GET', path: '/v1/workspace' }, workspaceSchema), described);
    });

  workspace
    .command('edit')
    .description('change the workspace')
    .option(
      '--allow-origin <origin...>',
      'the senders that may ask to send CloudEvents, such as *.example.com; replaces those before',
    )
    .addHelpText('after', examples("workspace edit --allow-origin events.example.com --allow-origin '*.example.org'"))
    .action(editWorkspace);
}

async function editWorkspace(options: { readonly allowOrigin?: readonly string[] }, command: Command): Promise<void> {
  if (!options.allowOrigin) throw new CommandFailed('Name what to change: --allow-origin.', 2);
  const body = jsonBody({ allowedOrigins: options.allowOrigin });
  show(
    command,
    await callApi(connectionOf(command), { method: 'PUT', path: '/v1/workspace', ...body }, workspaceSchema),
    described,
  );
}

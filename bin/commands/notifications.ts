import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, examples, type GlobalOptions, parseId, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { readSecret } from './json-file.ts';
import { callApi, callApiForNothing, jsonBody } from './management-api.ts';
import { formatRecord } from './table.ts';

const recipientsSchema = v.looseObject({
  workflowId: v.optional(v.string()),
  email: v.optional(v.string()),
  topicArn: v.optional(v.string()),
  slack: v.boolean(),
});

interface SetOptions {
  readonly workflow?: string;
  readonly email?: string;
  readonly topic?: string;
  readonly slack?: boolean | string;
}

const described = ({ workflowId, email, topicArn, slack }: v.InferOutput<typeof recipientsSchema>): string =>
  formatRecord({
    of: workflowId ?? 'all workflows',
    email: email ?? 'nobody',
    topic: topicArn ?? 'none',
    slack: slack ? 'set' : 'none',
  });

const pathOf = (workflow: string | undefined): string =>
  workflow === undefined ? '/v1/notifications' : `/v1/workflows/${workflow}/notifications`;

/** The commands by which people are told of failed runs. */
export function addNotifications(program: Command): void {
  const notifications = program.command('notifications').description('tell people of failed runs');
  const ofWorkflow = ['--workflow <id>', 'of this workflow (default: of all)', parseId] as const;

  notifications
    .command('show')
    .description('show who is told of failed runs')
    .option(...ofWorkflow)
    .addHelpText('after', examples('notifications show', 'notifications show --workflow nightly-report'))
    .action(async ({ workflow }: { readonly workflow?: string }, command: Command) =>
      show(command, await callApi(connectionOf(command), { method: 'GET', path: pathOf(workflow) }, recipientsSchema), described),
    );

  notifications
    .command('set')
    .description('say who is told of failed runs, once for each; none takes away')
    .option(...ofWorkflow)
    .option('--email <address>', 'an address, whose owner confirms it once')
    .option('--topic <arn>', "an SNS topic of those that the stage's settings name")
    .option('--slack [none]', 'an incoming webhook of Slack, whose URL is read from stdin')
    .addHelpText(
      'after',
      examples(
        'notifications set --email oncall@example.com',
        'notifications set --workflow nightly-report --slack < webhook-url.txt',
        'notifications set --slack none',
      ),
    )
    .action(setRecipients);

  notifications
    .command('test')
    .description('tell them now, as a test')
    .option(...ofWorkflow)
    .addHelpText('after', examples('notifications test'))
    .action(async ({ workflow }: { readonly workflow?: string }, command: Command) => {
      await callApiForNothing(connectionOf(command), { method: 'POST', path: `${pathOf(workflow)}/test` });
      if (!command.optsWithGlobals<GlobalOptions>().json) process.stdout.write('A test is on its way to all who are told.\n');
    });
}

async function setRecipients({ workflow, email, topic, slack }: SetOptions, command: Command): Promise<void> {
  if (typeof slack === 'string' && slack !== 'none') {
    throw new CommandFailed('The URL is a secret: pipe it to --slack, so that it stands in no shell history.', 2);
  }
  const body = {
    ...(email !== undefined && { email: email === 'none' ? null : email }),
    ...(topic !== undefined && { topicArn: topic === 'none' ? null : topic }),
    ...(slack !== undefined && { slackUrl: slack === 'none' ? null : await readSecret('webhook URL') }),
  };
  if (Object.keys(body).length === 0) throw new CommandFailed('Name whom to tell: --email, --topic or --slack.', 2);
  const request = { method: 'PUT', path: pathOf(workflow), ...jsonBody(body) };
  show(command, await callApi(connectionOf(command), request, recipientsSchema), described);
}

import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { unprocessable } from '../../core/errors.ts';
import { EMAIL, isWebhookUrl, type Recipients, type Scope, slackOwner } from '../../core/notifications/recipients.ts';
import { requireWorkflow } from '../../core/workflows/change-workflow.ts';
import type { Api } from './api.ts';
import { route } from './route.ts';

const recipientsView = v.object({
  /** Of one workflow's failed runs; absent for all of the workspace's. */
  workflowId: v.optional(v.string()),
  /** Its owner has to confirm once what SNS sends. */
  email: v.optional(v.string()),
  topicArn: v.optional(v.string()),
  /** Is there a URL? It is shown to nobody. */
  slack: v.boolean(),
});

/** `null` takes away; what is not named stays. */
const changes = v.strictObject({
  email: v.optional(v.nullable(v.pipe(v.string(), v.regex(EMAIL, 'must be an e-mail address')))),
  topicArn: v.optional(v.nullable(v.string())),
  slackUrl: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(2_000, 'must have 2000 characters at most')))),
});

const viewOf = ({ workflowId }: Scope, { email, topicArn, slack }: Recipients) => ({
  workflowId,
  email,
  topicArn,
  slack: slack !== undefined,
});

async function change(api: Api, scope: Scope, { email, topicArn, slackUrl }: v.InferOutput<typeof changes>) {
  const { notifications, subscriptions, publicUrl } = api;
  if (typeof topicArn === 'string' && !notifications.topicArns.includes(topicArn)) {
    throw unprocessable(
      "The platform may not publish to that topic; add it to notificationTopics of the stage's settings and deploy.",
      [{ pointer: '/topicArn', detail: 'is not among notificationTopics' }],
    );
  }
  if (typeof slackUrl === 'string' && !isWebhookUrl(slackUrl, publicUrl.startsWith('http://127.0.0.1'))) {
    throw unprocessable("The URL is not a webhook's.", [{ pointer: '/slackUrl', detail: "must be a webhook's https URL" }]);
  }
  const slack = typeof slackUrl === 'string' ? await subscriptions.vault.seal(slackOwner(scope), slackUrl) : slackUrl;
  // First: a mistake in the address is told, and nobody is named who gets nothing.
  if (typeof email === 'string') await notifications.subscribe(email);
  return viewOf(scope, await notifications.change(scope, { email, topicArn, slack }));
}

async function ofWorkflow(api: Api, workspace: string, workflowId: string): Promise<Scope> {
  await requireWorkflow(api.workflows, workspace, workflowId);
  return { workspace, workflowId };
}

async function sendTest(api: Api, { workspace, workflowId }: Scope, now: Date): Promise<undefined> {
  await api.announce({
    workspace,
    type: 'notification.test',
    subject: workflowId ?? workspace,
    key: randomUUID(),
    time: now,
    data: { workflowId },
    depth: 0,
  });
}

export const notificationRoutes = [
  route({
    method: 'GET',
    path: '/v1/notifications',
    summary: 'Shows who is told of failed runs.',
    answer: recipientsView,
    handle: async (api, { token: { workspace } }) => viewOf({ workspace }, await api.notifications.find({ workspace })),
  }),
  route({
    method: 'PUT',
    path: '/v1/notifications',
    summary: 'Changes who is told of failed runs.',
    body: changes,
    answer: recipientsView,
    handle: (api, { token: { workspace }, body }) => change(api, { workspace }, body),
  }),
  route({
    method: 'POST',
    path: '/v1/notifications/test',
    summary: 'Tells those who are told of failed runs that this is a test.',
    status: 202,
    handle: (api, { token: { workspace }, now }) => sendTest(api, { workspace }, now),
  }),
  route({
    method: 'GET',
    path: '/v1/workflows/{id}/notifications',
    summary: 'Shows who is told of the failed runs of a workflow, beside those of the workspace.',
    answer: recipientsView,
    handle: async (api, { token: { workspace }, id }) => {
      const scope = await ofWorkflow(api, workspace, id);
      return viewOf(scope, await api.notifications.find(scope));
    },
  }),
  route({
    method: 'PUT',
    path: '/v1/workflows/{id}/notifications',
    summary: 'Changes who is told of the failed runs of a workflow.',
    body: changes,
    answer: recipientsView,
    handle: async (api, { token: { workspace }, id, body }) => change(api, await ofWorkflow(api, workspace, id), body),
  }),
  route({
    method: 'POST',
    path: '/v1/workflows/{id}/notifications/test',
    summary: 'Tells those who are told of the failed runs of a workflow that this is a test.',
    status: 202,
    handle: async (api, { token: { workspace }, id, now }) => sendTest(api, await ofWorkflow(api, workspace, id), now),
  }),
];

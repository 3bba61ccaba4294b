import { randomUUID } from 'node:crypto';
import { isOneOf } from '../compare.ts';
import type { Integration } from '../integration.ts';
import { jsonObject, objectIn, textIn } from '../json-body.ts';
import { jsonHeaders, newestOf, sampleBody } from '../sample.ts';
import { signStandard, verifyStandard } from '../standard-webhooks/signature.ts';

/** https://docs.gitlab.com/user/project/integrations/webhooks/ */
export const gitlab: Integration = {
  id: 'gitlab',
  title: 'GitLab',
  docs: 'https://docs.gitlab.com/user/project/integrations/webhooks/',
  verification: 'The secret token in `X-Gitlab-Token`, compared as it is; or Standard Webhooks, where a signing token is set.',
  secrets: [
    { name: 'token', title: "the webhook's secret token", generated: true },
    { name: 'signingToken', title: "the webhook's signing token, `whsec_...`", generated: false, optional: true },
  ],
  setup: [
    'In the project or group, open Settings > Webhooks and choose *Add new webhook*.',
    'Paste {url} as *URL* and the secret as *Secret token*, and pick the triggers.',
    'If GitLab shows a signing token, give it to the subscription too: `npx millrace subscriptions rotate-secret {name} --secret signingToken`.',
  ],
  types: [
    'access_token',
    'access_token.*',
    'build',
    'deployment',
    'deployment.*',
    'emoji',
    'emoji.*',
    'feature_flag',
    'issue',
    'issue.*',
    'merge_request',
    'merge_request.*',
    'milestone',
    'milestone.*',
    'note',
    'note.*',
    'pipeline',
    'project_create',
    'project_destroy',
    'push',
    'release',
    'release.*',
    'repository_update',
    'subgroup_create',
    'subgroup_destroy',
    'tag_push',
    'user_add_to_group',
    'user_add_to_team',
    'user_remove_from_group',
    'user_update_for_group',
    'vulnerability',
    'wiki_page',
    'wiki_page.*',
    'work_item',
    'work_item.*',
  ],
  credentials: { headers: ['x-gitlab-token', 'webhook-signature'] },
  answer: { status: 200 },

  verify(request, { token = [], signingToken = [] }) {
    // A signature says more than a token that travels with each request: where one can be checked, it decides, and leaving it out is no way around it.
    if (signingToken.length > 0) return verifyStandard(request, signingToken);
    const given = request.headers['x-gitlab-token'];
    if (given === undefined) return { rejected: 'The request has no token in X-Gitlab-Token.' };
    return isOneOf(given, token) ? {} : { rejected: 'The token in X-Gitlab-Token is not the secret token.' };
  },

  /** `webhook-id` and `Idempotency-Key` are the same over retries (https://docs.gitlab.com/user/project/integrations/webhooks/#delivery-headers). */
  read({ headers }, body) {
    const payload = jsonObject(body);
    const kind = textIn(payload, 'object_kind') ?? textIn(payload, 'event_name');
    const action = textIn(objectIn(payload, 'object_attributes'), 'action') ?? textIn(payload, 'action');
    const subject = textIn(objectIn(payload, 'project'), 'path_with_namespace');
    const deliveryKey = headers['webhook-id'] ?? headers['idempotency-key'] ?? headers['x-gitlab-event-uuid'];
    return {
      type: kind && action ? `${kind}.${action}` : kind,
      ...(subject && { subject }),
      ...(deliveryKey && { deliveryKey }),
    };
  },

  events: async () => (await import('./events.ts')).events,

  sign(sample, secrets, { now }) {
    const id = randomUUID();
    const body = sampleBody(sample);
    const [signingToken] = secrets.signingToken ?? [];
    const headers = {
      ...jsonHeaders(sample),
      'webhook-id': id,
      'idempotency-key': id,
      'x-gitlab-event-uuid': randomUUID(),
      'x-gitlab-token': newestOf(secrets, 'token'),
      ...(signingToken !== undefined && signStandard(id, now, body, signingToken)),
    };
    return { method: 'POST', headers, body };
  },
};

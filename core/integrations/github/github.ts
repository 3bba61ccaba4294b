import { randomUUID } from 'node:crypto';
import { hmac, hmacMatches } from '../hmac.ts';
import type { Integration } from '../integration.ts';
import { jsonObject, objectIn, textIn } from '../json-body.ts';
import { jsonHeaders, newestOf, sampleBody } from '../sample.ts';

/**
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries, and of the headers
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
 */
export const github: Integration = {
  id: 'github',
  title: 'GitHub',
  docs: 'https://docs.github.com/en/webhooks',
  verification: 'HMAC-SHA256 of the body in `X-Hub-Signature-256`.',
  secrets: [{ name: 'secret', title: "the webhook's secret", generated: true }],
  setup: [
    'In the repository or organization, open Settings > Webhooks and choose *Add webhook*.',
    'Paste {url} as *Payload URL* and choose the content type `application/json`.',
    'Paste the secret as *Secret*, and pick the events.',
    'Choose *Add webhook*: GitHub sends a ping, which the request log shows as a handshake.',
  ],
  types: [
    'branch_protection_rule.*',
    'check_run.*',
    'check_suite.*',
    'code_scanning_alert.*',
    'commit_comment.*',
    'create',
    'custom_property.*',
    'custom_property_values.*',
    'delete',
    'dependabot_alert.*',
    'deploy_key.*',
    'deployment.*',
    'deployment_protection_rule.*',
    'deployment_review.*',
    'deployment_status.*',
    'discussion.*',
    'discussion_comment.*',
    'fork',
    'github_app_authorization.*',
    'gollum',
    'installation.*',
    'installation_repositories.*',
    'installation_target.*',
    'issue_comment.*',
    'issue_dependencies.*',
    'issues.*',
    'label.*',
    'marketplace_purchase.*',
    'member.*',
    'membership.*',
    'merge_group.*',
    'meta.*',
    'milestone.*',
    'org_block.*',
    'organization.*',
    'package.*',
    'page_build',
    'personal_access_token_request.*',
    'project.*',
    'project_card.*',
    'project_column.*',
    'projects_v2.*',
    'projects_v2_item.*',
    'projects_v2_status_update.*',
    'public',
    'pull_request.*',
    'pull_request_review.*',
    'pull_request_review_comment.*',
    'pull_request_review_thread.*',
    'push',
    'registry_package.*',
    'release.*',
    'repository.*',
    'repository_advisory.*',
    'repository_dispatch.*',
    'repository_import',
    'repository_ruleset.*',
    'repository_vulnerability_alert.*',
    'secret_scanning_alert.*',
    'secret_scanning_alert_location.*',
    'secret_scanning_scan.*',
    'security_advisory.*',
    'security_and_analysis',
    'sponsorship.*',
    'star.*',
    'status',
    'sub_issues.*',
    'team.*',
    'team_add',
    'watch.*',
    'workflow_dispatch',
    'workflow_job.*',
    'workflow_run.*',
  ],
  credentials: { headers: ['x-hub-signature-256', 'x-hub-signature'] },
  answer: { status: 202 },

  verify({ headers, body }, { secret = [] }) {
    const signature = headers['x-hub-signature-256'];
    if (signature === undefined) return { rejected: 'The request has no signature in X-Hub-Signature-256.' };
    if (!signature.startsWith('sha256=')) return { rejected: 'The signature in X-Hub-Signature-256 is not of the form sha256=.' };
    if (hmacMatches({}, secret, [signature.slice('sha256='.length)], body)) return {};
    return { rejected: 'The signature in X-Hub-Signature-256 is not that of the secret.' };
  },

  /** A ping is signed like every other delivery (https://docs.github.com/en/webhooks/webhook-events-and-payloads#ping). */
  handshake: ({ headers }, _secrets, verified) =>
    verified && headers['x-github-event'] === 'ping' ? { status: 200, body: 'pong' } : undefined,

  read({ headers }, body) {
    const data = payloadOf(headers['content-type'], body);
    const event = headers['x-github-event'];
    const action = textIn(data, 'action');
    const subject = textIn(objectIn(data, 'repository'), 'full_name') ?? textIn(objectIn(data, 'organization'), 'login');
    return {
      type: event && action ? `${event}.${action}` : event || undefined,
      ...(subject && { subject }),
      ...(headers['x-github-delivery'] && { deliveryKey: headers['x-github-delivery'] }),
      ...(isForm(headers['content-type']) && { data }),
    };
  },

  events: async () => (await import('./events.ts')).events,

  sign(sample, secrets) {
    const body = sampleBody(sample);
    return {
      method: 'POST',
      headers: {
        ...jsonHeaders(sample),
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': `sha256=${hmac('sha256', newestOf(secrets, 'secret'), body).toString('hex')}`,
      },
      body,
    };
  },
};

const isForm = (contentType: string | undefined): boolean =>
  contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true;

/** The other content type that a webhook may have: the JSON in the form's field `payload`. */
const payloadOf = (contentType: string | undefined, body: Buffer) =>
  jsonObject(isForm(contentType) ? Buffer.from(new URLSearchParams(body.toString()).get('payload') ?? '') : body);

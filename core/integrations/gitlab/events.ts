import type { EventDefinition } from '../integration.ts';

const text = { type: 'string' };
const whole = { type: 'integer' };

const project = {
  id: 15,
  name: 'Mill',
  web_url: 'https://gitlab.example.com/example-org/mill',
  namespace: 'Example Org',
  path_with_namespace: 'example-org/mill',
  default_branch: 'main',
};
const user = { id: 4, name: 'Grace Example', username: 'grace', email: 'grace@example.com' };
const projectSchema = {
  type: 'object',
  required: ['id', 'path_with_namespace'],
  properties: { id: whole, path_with_namespace: text },
};

const define = (
  type: string,
  hook: string,
  title: string,
  schema: Record<string, unknown>,
  body: Record<string, unknown>,
): EventDefinition => ({
  type,
  title,
  schema: { type: 'object', ...schema },
  sample: {
    headers: { 'x-gitlab-event': hook, 'x-gitlab-instance': 'https://gitlab.example.com', 'user-agent': 'GitLab/18.4.0' },
    body,
  },
});

const about = (kind: string, attributes: Record<string, unknown>, required: readonly string[]) => ({
  required: ['object_kind', 'project', 'object_attributes'],
  properties: {
    object_kind: { const: kind },
    project: projectSchema,
    object_attributes: { type: 'object', required, properties: attributes },
  },
});

/** https://docs.gitlab.com/user/project/integrations/webhook_events/ */
export const events: readonly EventDefinition[] = [
  define(
    'push',
    'Push Hook',
    'Commits were pushed to a branch',
    {
      required: ['object_kind', 'ref', 'before', 'after', 'commits', 'project'],
      properties: {
        object_kind: { const: 'push' },
        ref: text,
        before: text,
        after: text,
        commits: { type: 'array' },
        project: projectSchema,
      },
    },
    {
      object_kind: 'push',
      event_name: 'push',
      before: '95790bf891e76fee5e1747ab589903a6a1f80f22',
      after: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
      ref: 'refs/heads/main',
      checkout_sha: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
      user_id: 4,
      user_name: 'Grace Example',
      project_id: 15,
      project,
      commits: [
        {
          id: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
          message: 'Grind finer',
          timestamp: '2026-05-15T15:20:41+00:00',
          author: { name: 'Grace Example', email: 'grace@example.com' },
          added: [],
          modified: ['README.md'],
          removed: [],
        },
      ],
      total_commits_count: 1,
    },
  ),
  define(
    'merge_request.open',
    'Merge Request Hook',
    'A merge request was opened',
    about('merge_request', { id: whole, iid: whole, title: text, state: text, action: { const: 'open' } }, [
      'iid',
      'title',
      'action',
    ]),
    {
      object_kind: 'merge_request',
      event_type: 'merge_request',
      user,
      project,
      object_attributes: {
        id: 99,
        iid: 1,
        title: 'Grind finer',
        state: 'opened',
        action: 'open',
        source_branch: 'finer',
        target_branch: 'main',
        url: `${project.web_url}/-/merge_requests/1`,
      },
    },
  ),
  define(
    'issue.open',
    'Issue Hook',
    'An issue was opened',
    about('issue', { id: whole, iid: whole, title: text, action: { const: 'open' } }, ['iid', 'title', 'action']),
    {
      object_kind: 'issue',
      event_type: 'issue',
      user,
      project,
      object_attributes: {
        id: 301,
        iid: 23,
        title: 'The wheel squeaks',
        state: 'opened',
        action: 'open',
        url: `${project.web_url}/-/issues/23`,
      },
    },
  ),
  define(
    'pipeline',
    'Pipeline Hook',
    'A pipeline changed its status',
    about('pipeline', { id: whole, ref: text, status: text }, ['id', 'status']),
    {
      object_kind: 'pipeline',
      user,
      project,
      object_attributes: {
        id: 31,
        iid: 3,
        ref: 'main',
        sha: 'bcbb5ec396a2c0f828686f14fac9b80b780504f2',
        status: 'failed',
        duration: 63,
      },
    },
  ),
];

import type { EventDefinition } from '../integration.ts';

const repository = {
  id: 35129377,
  name: 'mill',
  full_name: 'example-org/mill',
  private: false,
  default_branch: 'main',
  html_url: 'https://github.com/example-org/mill',
  owner: { login: 'example-org', id: 6752317, type: 'Organization' },
};
const sender = { login: 'grace-example', id: 6752318, type: 'User' };

const text = { type: 'string' };
const whole = { type: 'integer' };
const account = { type: 'object', required: ['login', 'id'], properties: { login: text, id: whole, type: text } };
const properties = {
  repository: {
    type: 'object',
    required: ['id', 'full_name'],
    properties: { id: whole, name: text, full_name: text, private: { type: 'boolean' }, default_branch: text, owner: account },
  },
  sender: account,
};

/** A payload of an event with an action, about `about`. */
const schemaOf = (action: string, about: string, fields: Record<string, unknown>, required: readonly string[]) => ({
  type: 'object',
  required: ['action', about, 'repository', 'sender'],
  properties: { action: { const: action }, [about]: { type: 'object', required, properties: fields }, ...properties },
});

const pullRequest = {
  id: 191568743,
  number: 1,
  state: 'open',
  title: 'Grind finer',
  body: 'The flour was coarse.',
  draft: false,
  merged: false,
  html_url: 'https://github.com/example-org/mill/pull/1',
  user: sender,
  head: { ref: 'finer', sha: '34c5c7793cb3b279e22454cb6750c80560547b3a' },
  base: { ref: 'main', sha: 'a10867b14bb761a232cd80139fbd4c0d33264240' },
};
const branch = { type: 'object', required: ['ref', 'sha'], properties: { ref: text, sha: text } };
const pullRequestFields = {
  id: whole,
  number: whole,
  state: { enum: ['open', 'closed'] },
  title: text,
  body: { type: ['string', 'null'] },
  draft: { type: 'boolean' },
  merged: { type: ['boolean', 'null'] },
  html_url: text,
  user: account,
  head: branch,
  base: branch,
};

const issue = {
  id: 444500041,
  number: 7,
  title: 'The wheel squeaks',
  state: 'open',
  body: 'Since Tuesday.',
  html_url: 'https://github.com/example-org/mill/issues/7',
  user: sender,
  labels: [],
};
const issueFields = {
  id: whole,
  number: whole,
  title: text,
  state: text,
  body: { type: ['string', 'null'] },
  html_url: text,
  user: account,
  labels: { type: 'array' },
};

const sampleOf = (event: string, body: unknown) => ({
  headers: { 'x-github-event': event, 'user-agent': 'GitHub-Hookshot/044aadd', 'x-github-hook-id': '292430182' },
  body,
});

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads */
export const events: readonly EventDefinition[] = [
  {
    type: 'push',
    title: 'Commits or tags were pushed',
    schema: {
      type: 'object',
      required: ['ref', 'before', 'after', 'commits', 'repository', 'sender'],
      properties: {
        ref: text,
        before: text,
        after: text,
        created: { type: 'boolean' },
        deleted: { type: 'boolean' },
        forced: { type: 'boolean' },
        commits: {
          type: 'array',
          items: { type: 'object', required: ['id', 'message'], properties: { id: text, message: text, timestamp: text } },
        },
        ...properties,
      },
    },
    sample: sampleOf('push', {
      ref: 'refs/heads/main',
      before: 'a10867b14bb761a232cd80139fbd4c0d33264240',
      after: '34c5c7793cb3b279e22454cb6750c80560547b3a',
      created: false,
      deleted: false,
      forced: false,
      commits: [
        {
          id: '34c5c7793cb3b279e22454cb6750c80560547b3a',
          message: 'Grind finer',
          timestamp: '2026-05-15T15:20:41Z',
          author: { name: 'Grace', email: 'grace@example.com', username: 'grace-example' },
          added: [],
          removed: [],
          modified: ['README.md'],
        },
      ],
      pusher: { name: 'grace-example', email: 'grace@example.com' },
      repository,
      sender,
    }),
  },
  {
    type: 'pull_request.opened',
    title: 'A pull request was opened',
    schema: schemaOf('opened', 'pull_request', pullRequestFields, ['number', 'title', 'head', 'base']),
    sample: sampleOf('pull_request', { action: 'opened', number: 1, pull_request: pullRequest, repository, sender }),
  },
  {
    type: 'pull_request.closed',
    title: 'A pull request was closed; `merged` says how',
    schema: schemaOf('closed', 'pull_request', pullRequestFields, ['number', 'title', 'merged']),
    sample: sampleOf('pull_request', {
      action: 'closed',
      number: 1,
      pull_request: { ...pullRequest, state: 'closed', merged: true, merge_commit_sha: '34c5c7793cb3b279e22454cb6750c80560547b3a' },
      repository,
      sender,
    }),
  },
  {
    type: 'issues.opened',
    title: 'An issue was opened',
    schema: schemaOf('opened', 'issue', issueFields, ['number', 'title', 'user']),
    sample: sampleOf('issues', { action: 'opened', issue, repository, sender }),
  },
  {
    type: 'issue_comment.created',
    title: 'Somebody commented on an issue or a pull request',
    schema: schemaOf('created', 'comment', { id: whole, body: text, html_url: text, user: account }, ['id', 'body', 'user']),
    sample: sampleOf('issue_comment', {
      action: 'created',
      issue,
      comment: { id: 492700400, body: 'Oil it.', html_url: `${issue.html_url}#issuecomment-492700400`, user: sender },
      repository,
      sender,
    }),
  },
  {
    type: 'release.published',
    title: 'A release was published',
    schema: schemaOf(
      'published',
      'release',
      { id: whole, tag_name: text, name: { type: ['string', 'null'] }, prerelease: { type: 'boolean' } },
      ['id', 'tag_name'],
    ),
    sample: sampleOf('release', {
      action: 'published',
      release: { id: 17372790, tag_name: '0.0.1', name: 'First flour', draft: false, prerelease: false, author: sender },
      repository,
      sender,
    }),
  },
  {
    type: 'workflow_run.completed',
    title: 'A GitHub Actions workflow ended; `conclusion` says how',
    schema: schemaOf(
      'completed',
      'workflow_run',
      {
        id: whole,
        name: { type: ['string', 'null'] },
        status: text,
        conclusion: { type: ['string', 'null'] },
        head_branch: { type: ['string', 'null'] },
      },
      ['id', 'status', 'conclusion'],
    ),
    sample: sampleOf('workflow_run', {
      action: 'completed',
      workflow_run: {
        id: 289782451,
        name: 'CI',
        status: 'completed',
        conclusion: 'failure',
        event: 'push',
        head_branch: 'main',
        head_sha: '34c5c7793cb3b279e22454cb6750c80560547b3a',
        run_number: 562,
        html_url: 'https://github.com/example-org/mill/actions/runs/289782451',
      },
      repository,
      sender,
    }),
  },
];

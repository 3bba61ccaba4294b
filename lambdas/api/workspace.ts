import * as v from 'valibot';
import { route } from './route.ts';

const ORIGIN = /^(?:\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*)$/;

const workspaceView = v.object({
  id: v.string(),
  /** The senders that may ask to send CloudEvents. */
  allowedOrigins: v.array(v.string()),
});

export const workspaceRoutes = [
  route({
    method: 'GET',
    path: '/v1/workspace',
    summary: "Shows the token's workspace.",
    answer: workspaceView,
    handle: async (api, { token }) => {
      const { workspace, allowedOrigins } = await api.workspaces.find(token.workspace);
      return { id: workspace, allowedOrigins };
    },
  }),
  route({
    method: 'PUT',
    path: '/v1/workspace',
    summary: "Changes the token's workspace.",
    body: v.strictObject({
      allowedOrigins: v.pipe(
        v.array(v.pipe(v.string(), v.regex(ORIGIN, 'must be a DNS name in lower case, *.example.com or *'))),
        v.maxLength(100, 'must name 100 origins at most'),
      ),
    }),
    answer: workspaceView,
    handle: async (api, { token: { workspace }, body: { allowedOrigins } }) => {
      await api.workspaces.save({ workspace, allowedOrigins });
      return { id: workspace, allowedOrigins };
    },
  }),
];

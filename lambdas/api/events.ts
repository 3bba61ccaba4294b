import * as v from 'valibot';
import { publishCustom } from '../../core/events/publish-custom.ts';
import { route } from './route.ts';

export const eventRoutes = [
  route({
    method: 'POST',
    path: '/v1/events',
    summary: "Publishes an event of the workspace's own, `millrace.custom` on the bus, once for each Idempotency-Key.",
    status: 202,
    body: v.strictObject({
      /** DetailType takes 128 characters (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html). */
      type: v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(128, 'must have 128 characters at most')),
      subject: v.optional(
        v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(256, 'must have 256 characters at most')),
      ),
      data: v.optional(v.unknown(), null),
    }),
    answer: v.object({ eventId: v.string(), duplicate: v.optional(v.boolean()) }),
    handle: async (api, { token, body, request, now }) => {
      const { eventId, duplicate } = await publishCustom(api.starter, token, body, request, now);
      return { eventId, ...(duplicate && { duplicate }) };
    },
  }),
];

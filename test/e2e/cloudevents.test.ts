import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents';
import { type Call, isOver, send, until } from './client.ts';
import { openStack, type Stack } from './stack.ts';

jest.setTimeout(60_000);

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
}, 120_000);
afterAll(() => stack.close());

const api = (path: string, call: Call = {}) => send(`${stack.baseUrl}/v1${path}`, { token: stack.token, ...call });
const events = () => `${stack.baseUrl}/events/default`;
const ended = async (activityId: string) => until(async () => (await api(`/runs/${activityId}`)).json, isOver);
const anEvent = (with_: Record<string, unknown> = {}) =>
  new CloudEvent({ source: '/mill', type: 'e2e.milled', subject: 'rye', data: { kg: 7 }, region: 'north', ...with_ });
const headers = () => ({ authorization: `Bearer ${stack.token}` });

describe('CloudEvents of the official SDK', () => {
  test.each([Mode.BINARY, Mode.STRUCTURED])('in %s mode start the workflows that listen, once', async (mode) => {
    const event = anEvent();
    const emit = emitterFor(httpTransport(events()), { mode });

    const first = JSON.parse(String(Object((await emit(event, { headers: headers() })) ?? {}).body));
    const again = JSON.parse(String(Object((await emit(event, { headers: headers() })) ?? {}).body));

    expect(again).toEqual({ ...first, duplicate: true });
    const run = await ended(`${first.eventId}-e2e-milled`);
    expect(run).toMatchObject({ status: 'SUCCEEDED', workflowId: 'e2e-pull-requests' });
    expect(run.output.workflow.input).toEqual({ eventData: { kg: 7 } });
    expect(run.output.event).toMatchObject({ id: first.eventId, source: '/mill', type: 'e2e.milled' });
    expect((await api(`/events/${first.eventId}/runs`)).json.items).toHaveLength(1);
  });

  test('that name a workflow start that one alone', async () => {
    const { headers: ours, body } = HTTP.structured(anEvent({ subject: '/e2e-echo/milled' }));
    const { status, json } = await send(events(), {
      method: 'POST',
      headers: { ...headers(), ...(ours as Record<string, string>) },
      body: String(body),
    });

    expect(status).toBe(202);
    expect(await ended(json.activityId)).toMatchObject({ status: 'SUCCEEDED', workflowId: 'e2e-echo', triggerId: 'cloudevents' });
    expect((await api(`/events/${json.eventId}/runs`)).json.items).toHaveLength(1);
  });

  test('in a batch are accepted together, or not at all', async () => {
    const batch = [anEvent(), anEvent()].map((event) => event.toJSON());
    const post = (body: unknown) =>
      send(events(), {
        method: 'POST',
        headers: { ...headers(), 'content-type': 'application/cloudevents-batch+json' },
        body: JSON.stringify(body),
      });

    const { status, json } = await post(batch);
    const refused = await post([anEvent().toJSON(), { ...anEvent().toJSON(), id: '' }]);

    expect(status).toBe(202);
    expect(json.events).toHaveLength(2);
    for (const { eventId } of json.events) await ended(`${eventId}-e2e-milled`);
    expect(refused).toMatchObject({ status: 400, json: { errors: [{ pointer: '/1/id' }] } });
    const listed = (await api('/deliveries?triggerId=cloudevents')).json.items;
    expect(listed.every(({ outcome }: { outcome: string }) => ['accepted', 'duplicate'].includes(outcome))).toBe(true);
    const replayed = await api(`/deliveries/${json.events[0].eventId}/replay`, { json: { name: 'again' } });
    expect(await ended(replayed.json.items[0].activityId)).toMatchObject({ status: 'SUCCEEDED', replay: 'again' });
  });

  test('may be sent by an origin that the workspace allows', async () => {
    const ask = (origin: string) => send(events(), { method: 'OPTIONS', headers: { 'webhook-request-origin': origin } });
    expect((await ask('events.example.com')).headers.get('webhook-allowed-origin')).toBeNull();

    await api('/workspace', { method: 'PUT', json: { allowedOrigins: ['*.example.com'] } });

    const { status, headers: terms } = await ask('events.example.com');
    expect([status, terms.get('webhook-allowed-origin'), terms.get('webhook-allowed-rate')]).toEqual([
      200,
      'events.example.com',
      '*',
    ]);
    expect((await ask('events.example.org')).headers.get('webhook-allowed-origin')).toBeNull();
  });
});

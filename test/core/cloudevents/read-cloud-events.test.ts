import { describe, expect, test } from '@jest/globals';
import { HTTP, CloudEvent as SdkEvent } from 'cloudevents';
import fc from 'fast-check';
import type { CloudEvent } from '../../../core/cloudevents/cloud-event.ts';
import { readCloudEvents } from '../../../core/cloudevents/read-cloud-events.ts';
import { Problem } from '../../../core/errors.ts';

const LARGEST_BATCH = 10;
const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

const read = (headers: Record<string, unknown>, body: string | Uint8Array = '') =>
  readCloudEvents(
    {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
      body: Buffer.from(body),
    },
    LARGEST_BATCH,
  );
const readOne = async (...request: Parameters<typeof read>): Promise<CloudEvent | undefined> => (await read(...request)).events[0];
const readJson = (event: unknown) => readOne({ 'content-type': STRUCTURED }, JSON.stringify(event));
const readBatch = (events: unknown) => read({ 'content-type': BATCH }, JSON.stringify(events));

async function problemOf(reading: Promise<unknown>): Promise<Problem> {
  const thrown = await reading.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Problem) return thrown;
  throw new Error(`There is no problem, but ${String(thrown)}`);
}

const MINIMAL = { specversion: '1.0', id: '1', source: '/sensors/7', type: 'com.example.read' };
const HEADERS = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/sensors/7', 'ce-type': 'com.example.read' };

describe("what the official SDK sends is read back as its sender's", () => {
  const sent = {
    id: 'A234-1234',
    source: 'https://example.com/shops/1?till=2#a',
    type: 'com.example.order.paid',
    subject: 'orders/7',
    time: '2027-01-31T18:00:00.000Z',
    dataschema: 'https://example.com/order.json',
    datacontenttype: 'application/json',
    data: { total: 12.5, items: ['a', null] },
    comexampleone: 'value',
    comexampletwo: 5,
    comexamplethree: true,
  };
  const { comexampleone, comexampletwo, comexamplethree, ...attributes } = sent;
  const extensions = { comexampleone, comexampletwo, comexamplethree };
  const asText = { comexampleone: 'value', comexampletwo: '5', comexamplethree: 'true' };

  test('in structured mode', async () => {
    const { headers, body } = HTTP.structured(new SdkEvent(sent));

    expect(await read(headers, body as string)).toEqual({ mode: 'structured', events: [{ ...attributes, extensions }] });
  });

  test('in binary mode, extensions as text', async () => {
    const { headers, body } = HTTP.binary(new SdkEvent(sent));

    expect(await read(headers, body as string)).toEqual({ mode: 'binary', events: [{ ...attributes, extensions: asText }] });
  });

  test('in batch mode, in order', async () => {
    const batch = ['a', 'b'].map((id) => new SdkEvent({ ...sent, id }));

    const { mode, events } = await readBatch(batch);

    expect(mode).toBe('batch');
    expect(events).toEqual(['a', 'b'].map((id) => ({ ...attributes, id, extensions })));
  });

  test('with binary data, alike in both modes', async () => {
    const event = new SdkEvent({ ...sent, datacontenttype: 'image/png', data: Uint8Array.of(0, 255, 10) });
    const binary = HTTP.binary(event);
    const structured = HTTP.structured(event);

    const events = [
      await readOne(binary.headers, binary.body as Uint8Array),
      await readOne(structured.headers, structured.body as string),
    ];

    const data = { contentType: 'image/png', size: 3, base64: 'AP8K' };
    expect(events).toMatchObject([
      { datacontenttype: 'image/png', data },
      { datacontenttype: 'image/png', data },
    ]);
  });

  test.each([
    ['text', 'text/plain', 'grüße'],
    ['XML', 'application/xml', '<much wow="xml"/>'],
    ['a string of JSON', 'application/json', '{"not":"parsed"}'],
  ])('with %s', async (_what, datacontenttype, data) => {
    const { headers, body } = HTTP.structured(new SdkEvent({ ...sent, datacontenttype, data }));

    expect(await readOne(headers, body as string)).toMatchObject({ datacontenttype, data });
  });

  test('with a source whose percent signs the SDK leaves as they are in headers', async () => {
    const { headers } = HTTP.binary(new SdkEvent({ ...MINIMAL, source: '/a%20b' }));

    expect(await readOne(headers)).toMatchObject({ source: '/a%20b' });
  });
});

describe('attributes', () => {
  test('that are optional may be missing or null', async () => {
    expect(await readJson({ ...MINIMAL, subject: null, time: null, extension: null, data_base64: null })).toEqual({
      id: '1',
      source: '/sensors/7',
      type: 'com.example.read',
      datacontenttype: 'application/json',
      data: null,
      extensions: {},
    });
  });

  // The rules: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#required-attributes and the sections after it
  test.each<[string, unknown]>([
    ['id', undefined],
    ['id', null],
    ['id', ''],
    ['id', 7],
    ['id', 'line\nfeed'],
    ['id', '\ufdd0'],
    ['source', undefined],
    ['source', ''],
    ['source', 'a b'],
    ['source', '1:2'],
    ['source', '/50%'],
    ['source', 'https://[not an address]/'],
    ['source', '/grüße'],
    ['type', undefined],
    ['type', ''],
    ['type', 'x'.repeat(129)],
    ['specversion', undefined],
    ['specversion', '0.3'],
    ['specversion', 1],
    ['subject', ''],
    ['time', '2027-01-31'],
    ['time', '2027-02-30T00:00:00Z'],
    ['time', '2027-01-31T18:00:00'],
    ['time', '2027-01-31T24:00:00Z'],
    ['time', 1_800_000_000],
    ['datacontenttype', 'json'],
    ['datacontenttype', ''],
    ['datacontenttype', 'text/plain; charset'],
    ['dataschema', ''],
    ['dataschema', '/relative'],
    ['Extension', 'x'],
    ['com.example', 'x'],
    ['extension', 1.5],
    ['extension', 2 ** 31],
    ['extension', {}],
    ['extension', '\u0085'],
    ['workspace', 'other'],
    ['subscription', 'x'],
    ['depth', 0],
    ['dataref', 'x'],
    ['datatruncated', true],
    ['trigger', 'x'],
    ['request', 'x'],
  ])('%s cannot be %j', async (name, value) => {
    const { status, errors } = await problemOf(readJson({ ...MINIMAL, [name]: value }));

    expect({ status, errors }).toEqual({ status: 400, errors: [{ pointer: `/${name}`, detail: expect.any(String) }] });
  });

  test.each<[string, unknown]>([
    ['source', '1-555-123-4567'],
    ['source', 'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66'],
    ['source', 'mailto:cncf-wg-serverless@lists.cncf.io'],
    ['source', '//user@[::1]:80/a?b#c'],
    ['id', 'Euro € 😀'],
    ['type', 'x'.repeat(128)],
    ['datacontenttype', 'TEXT/JSON; CharSet="utf-8"'],
    ['dataschema', 'https://example.com/schema.json#/definitions/order'],
  ])('%s can be %j', async (name, value) => {
    expect(await readJson({ ...MINIMAL, [name]: value })).toMatchObject({ [name]: value });
  });

  test.each<[string, unknown]>([
    ['of more than 20 characters', { averyverylongextensionname: 'x' }],
    ['that is the name of a property of every object', { constructor: 'x', tostring: 'y' }],
    ['with a number, a boolean and an empty text', { number: -(2 ** 31), boolean: false, text: '' }],
  ])("a sender's extension %s is kept", async (_what, extensions) => {
    expect((await readJson({ ...MINIMAL, ...(extensions as object) }))?.extensions).toEqual(extensions);
  });

  // https://www.rfc-editor.org/rfc/rfc3339#section-5.8
  test.each([
    ['1985-04-12T23:20:50.52Z', '1985-04-12T23:20:50.520Z'],
    ['1996-12-19T16:39:57-08:00', '1996-12-20T00:39:57.000Z'],
    ['1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000Z'],
    ['1937-01-01T12:00:27.87+00:20', '1937-01-01T11:40:27.870Z'],
    ['2027-01-31t18:00:00.123456789z', '2027-01-31T18:00:00.123Z'],
  ])('the time %s is %s', async (time, utc) => {
    expect(await readJson({ ...MINIMAL, time })).toMatchObject({ time: utc });
  });
});

describe('binary mode', () => {
  // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values
  test.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['%2520', '%20'],
    ['%41', 'A'],
    ['"quoted \\"text\\" \\\\ %22"', 'quoted "text" \\ "'],
    ['100%', '100%'],
    ['un"matched', 'un"matched'],
  ])('the header %s holds %s', async (header, subject) => {
    expect(await readOne({ ...HEADERS, 'ce-subject': header })).toMatchObject({ subject });
  });

  test.each([
    ['%C0%A0', 'bytes that are no UTF-8'],
    ['%00', 'a control character'],
    ['', 'nothing'],
  ])('the subject %s is refused: it holds %s', async (header) => {
    const { status, errors } = await problemOf(read({ ...HEADERS, 'ce-subject': header }));

    expect({ status, errors }).toEqual({ status: 400, errors: [{ parameter: 'ce-subject', detail: expect.any(String) }] });
  });

  test.each([
    ['ce-workspace', 'x'],
    ['ce-data', 'x'],
    ['ce-data_base64', 'eA=='],
    ['ce-my-extension', 'x'],
    ['ce-datacontenttype', 'text/plain'],
    ['content-type', 'json'],
  ])('%s cannot be %s', async (parameter, value) => {
    const { errors } = await problemOf(read({ ...HEADERS, [parameter]: value }));

    expect(errors).toEqual([{ parameter, detail: expect.any(String) }]);
  });

  test('every missing attribute is named by its header', async () => {
    const problem = await problemOf(read({ 'content-type': 'application/json', 'ce-id': '1' }, '{}'));

    expect(problem.errors?.map(({ parameter }) => parameter)).toEqual(['ce-specversion', 'ce-source', 'ce-type']);
  });

  test('a request that is no CloudEvent at all is told how to be one', async () => {
    const problem = await problemOf(read({ 'content-type': 'application/json' }, '{}'));

    expect(problem).toMatchObject({ status: 400, message: expect.stringContaining('application/cloudevents+json') });
    expect(problem.errors).toHaveLength(4);
  });

  test.each([
    ['application/json', '{"a":1}', { a: 1 }],
    ['text/json', '{"a":1}', { a: 1 }],
    ['application/vnd.x+json; charset=utf-8', '[]', []],
    ['application/x-www-form-urlencoded', 'a=1', { a: '1' }],
    ['application/octet-stream', 'x', { contentType: 'application/octet-stream', size: 1, base64: 'eA==' }],
  ])('data of type %s', async (type, body, data) => {
    expect(await readOne({ ...HEADERS, 'content-type': type }, body)).toMatchObject({ datacontenttype: type, data });
  });

  test('data that is not what its type says is refused', async () => {
    const request = { ...HEADERS, 'content-type': 'application/json' };

    expect((await problemOf(read(request, '{'))).message).toContain('not valid JSON');
  });
});

describe('data in JSON', () => {
  test('may be base64 of a type, and is then what a body of that type is', async () => {
    const event = { ...MINIMAL, datacontenttype: 'application/json', data_base64: Buffer.from('{"a":1}').toString('base64') };

    expect(await readJson(event)).toMatchObject({ datacontenttype: 'application/json', data: { a: 1 } });
  });

  test('in base64 without a type is bytes', async () => {
    expect(await readJson({ ...MINIMAL, data_base64: 'e30=' })).toMatchObject({
      datacontenttype: 'application/octet-stream',
      data: { contentType: 'application/octet-stream', size: 2, base64: 'e30=' },
    });
  });

  test('keeps every digit of a large integer', async () => {
    const text = JSON.stringify(MINIMAL).replace('}', ',"data":{"n":9007199254740993}}');

    expect(JSON.stringify((await readOne({ 'content-type': STRUCTURED }, text))?.data)).toBe('{"n":9007199254740993}');
  });

  test.each<[string, object, string]>([
    ['both', { data: null, data_base64: 'eA==' }, '/data_base64'],
    ['what is no base64', { data_base64: 'not base64!' }, '/data_base64'],
    ['base64 without padding', { data_base64: 'eA' }, '/data_base64'],
    ['a number for base64', { data_base64: 5 }, '/data_base64'],
    ['base64 of what is no JSON', { data_base64: 'eA==', datacontenttype: 'text/json' }, '/data_base64'],
    ['an object for text', { data: {}, datacontenttype: 'text/plain' }, '/data'],
  ])('cannot be %s', async (_what, members, pointer) => {
    const { status, errors } = await problemOf(readJson({ ...MINIMAL, ...members }));

    expect({ status, errors }).toEqual({ status: 400, errors: [{ pointer, detail: expect.any(String) }] });
  });
});

describe('a batch', () => {
  test('with one bad event is refused whole, and the event named by its index', async () => {
    const { id, ...withoutId } = MINIMAL;

    const problem = await problemOf(readBatch([MINIMAL, MINIMAL, MINIMAL, withoutId]));

    expect(problem).toMatchObject({ status: 400, message: 'Nothing was accepted: /3/id is missing.' });
    expect(problem.errors).toEqual([{ pointer: '/3/id', detail: 'is missing.' }]);
  });

  test('with many names the first of their faults', async () => {
    const problem = await problemOf(readBatch(Array(LARGEST_BATCH).fill({})));

    expect(problem.errors).toHaveLength(20);
    expect(problem.message).toContain('the first of 40 faults');
  });

  test.each([
    ['what is no event', [MINIMAL, 'text', MINIMAL], '/1'],
    ['a name that JSON Pointer escapes', [{ ...MINIMAL, 'a/b~c': 1 }], '/0/a~1b~0c'],
    ['a batch in a batch', [[MINIMAL]], '/0'],
    ['one event alone', MINIMAL, ''],
  ])('cannot hold %s', async (_what, batch, pointer) => {
    expect((await problemOf(readBatch(batch))).errors).toEqual([{ pointer, detail: expect.any(String) }]);
  });

  test('may be empty', async () => {
    expect(await readBatch([])).toEqual({ mode: 'batch', events: [] });
  });

  test('may hold no more events than stated', async () => {
    expect((await readBatch(Array(LARGEST_BATCH).fill(MINIMAL))).events).toHaveLength(LARGEST_BATCH);
    expect((await problemOf(readBatch(Array(LARGEST_BATCH + 1).fill(MINIMAL)))).status).toBe(413);
  });
});

test.each([
  'application/cloudevents+avro',
  'application/cloudevents',
  'application/cloudevents-batch',
  'application/cloudevents.x',
])('the format %s is not read', async (contentType) => {
  expect((await problemOf(read({ 'content-type': contentType }, JSON.stringify(MINIMAL)))).status).toBe(415);
});

test('the case and the parameters of a content type make no difference', async () => {
  const contentType = 'Application/CloudEvents+JSON; charset=UTF-8';

  expect(await readOne({ 'content-type': contentType }, JSON.stringify(MINIMAL))).toMatchObject({ id: '1' });
});

describe('no request makes it throw anything but a problem', () => {
  const onlyProblems = async (reading: Promise<unknown>) => {
    const thrown = await reading.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(thrown === undefined || thrown instanceof Problem).toBe(true);
  };
  const name = fc.constantFrom(
    ...Object.keys(MINIMAL),
    'time',
    'subject',
    'dataschema',
    'datacontenttype',
    'ext',
    'data',
    'a_b',
    '',
  );
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.webUrl(),
    fc.stringMatching(/^[%"\\0-9A-Fa-f:/?#@[\]]{0,12}$/),
  );

  test('in its headers', async () => {
    const contentType = fc.oneof(fc.string(), fc.constantFrom('application/json', 'text/plain', 'multipart/form-data', STRUCTURED));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, text), contentType, fc.string(), (attributes, type, body) => {
        const headers = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [`ce-${key}`, value]));
        return onlyProblems(read({ ...HEADERS, ...headers, 'content-type': type }, body));
      }),
      { numRuns: 500 },
    );
  });

  test('in its JSON', async () => {
    const member = fc.oneof(name, fc.constantFrom('data_base64', '__proto__', 'toString'), fc.string());
    const event = fc.dictionary(member, fc.oneof(text, fc.jsonValue())).map((members) => ({ ...MINIMAL, ...members }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.array(event), fc.jsonValue()), fc.constantFrom(STRUCTURED, BATCH), (value, type) =>
        onlyProblems(
          read({ 'content-type': type }, JSON.stringify(Array.isArray(value) && type === STRUCTURED ? value[0] : value) ?? ''),
        ),
      ),
      { numRuns: 500 },
    );
  });

  test('in its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.constantFrom(STRUCTURED, BATCH), (bytes, type) =>
        onlyProblems(read({ 'content-type': type }, bytes)),
      ),
    );
  });

  test('however long it is', async () => {
    const long = 'a%20'.repeat(500_000);
    await onlyProblems(readJson({ ...MINIMAL, source: long, dataschema: `x:${long}`, datacontenttype: `a/${long}`, time: long }));
    await onlyProblems(readJson({ ...MINIMAL, data_base64: 'A'.repeat(4_000_000) }));
  });
});

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { INTEGRATIONS } from '../../../core/integrations/catalogue.ts';
import type { Integration, Secrets, Settings } from '../../../core/integrations/integration.ts';
import { inputFaults } from '../../../core/triggers/input-faults.ts';
import { aProviderRequest, NOW, rejection, URL } from './requests.ts';

const all = Object.entries(INTEGRATIONS);
const settingsOf = (id: string): Settings =>
  id === 'generic'
    ? {
        verification: { scheme: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'x-signature', prefix: '', signed: '{body}' },
        type: { header: 'x-type' },
      }
    : {};
const secretsOf = ({ secrets }: Integration): Secrets =>
  Object.fromEntries(
    secrets
      .filter(({ name }) => name !== 'signingToken')
      .map(({ name }) => [name, [`whsec_${Buffer.from(`the ${name} of the sender`).toString('base64')}`]]),
  );

describe.each(all)('%s', (id, load) => {
  test('signs each of its samples, believes it, reads its type, and fits its schema', async () => {
    const integration = await load();
    const settings = settingsOf(id);
    for (const { type, schema, sample } of await integration.events()) {
      const signed = integration.sign(sample, secretsOf(integration), { url: URL, now: NOW }, settings);
      const request = aProviderRequest(signed.body, { ...signed.headers });
      const verdict = integration.verify(request, secretsOf(integration), settings);
      const body = verdict.body ?? request.body;

      expect(verdict.rejected).toBeUndefined();
      expect(integration.read(request, body, settings).type).toBe(type);
      expect(inputFaults(schema, JSON.parse(body.toString()))).toEqual([]);
    }
  });

  test('believes no sample of which a bit was flipped, in its body or its proof', async () => {
    const integration = await load();
    const settings = settingsOf(id);
    const secrets = secretsOf(integration);
    const [event] = await integration.events();
    if (!event) throw new Error('no sample');
    const { headers, body } = integration.sign(event.sample, secrets, { url: URL, now: NOW }, settings);
    const proofs = [...integration.credentials.headers, ...(integration.credentialsOf?.(settings).headers ?? [])].filter(
      (name) => headers[name],
    );
    const bodyIsSigned = !['gitlab', 'authing'].includes(id);

    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 6 }), fc.boolean(), (at, bit, inBody) => {
        const changed = { ...headers };
        const bytes = Buffer.from(body);
        if (inBody && bodyIsSigned) bytes.writeUInt8(bytes.readUInt8(at % bytes.length) ^ (1 << bit), at % bytes.length);
        else
          for (const name of proofs) {
            const proof = Buffer.from(headers[name] ?? '');
            proof.writeUInt8(proof.readUInt8(at % proof.length) ^ (1 << bit), at % proof.length);
            changed[name] = proof.toString('latin1');
          }
        // Hexadecimal is the same in either case, and base64 says a last character in several ways.
        const isSame = !inBody && proofs.every((name) => changed[name]?.toLowerCase() === headers[name]?.toLowerCase());
        if (isSame) return;
        expect(rejection(integration, aProviderRequest(bytes, changed), secrets, settings)).toEqual(expect.any(String));
      }),
      { numRuns: 200 },
    );
  });

  test('throws nothing and believes nothing, whatever comes', async () => {
    const integration = await load();
    const settings = settingsOf(id);
    const names = [
      ...integration.credentials.headers,
      'x-signature',
      'content-type',
      'webhook-id',
      'webhook-timestamp',
      'svix-signature',
      'x-slack-request-timestamp',
      'x-lark-request-timestamp',
      'x-github-event',
      'x-shopify-topic',
      'x-shopify-triggered-at',
      'x-type',
    ];
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'v1,',
        'v0=',
        'sha256=',
        't=1,v1=',
        `t=${NOW.getTime() / 1_000},v1=00`,
        String(NOW.getTime() / 1_000),
        '9'.repeat(400),
        'a'.repeat(9_000),
        '\0,\0',
      ),
      fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'),
    );
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const json = fc.json({ maxDepth: 4 });
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      json.map((text) => Buffer.from(text)),
      json.map((text) => Buffer.from(`payload=${encodeURIComponent(text)}`)),
      fc
        .record(
          {
            type: fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
            action: fc.oneof(fc.string(), fc.array(fc.string())),
            __proto__: fc.anything(),
            encrypt: fc.oneof(fc.base64String(), fc.string()),
            challenge: fc.oneof(fc.string(), fc.integer()),
            header: fc.oneof(fc.string(), fc.record({ event_type: fc.anything(), create_time: fc.string() })),
            created: fc.double(),
            event_time: fc.double(),
            webhookTimestamp: fc.double(),
            createdAt: fc.string(),
            data: fc.anything(),
          },
          { requiredKeys: [] },
        )
        .map((value) => Buffer.from(JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? String(each) : each)) ?? '')),
      fc.constantFrom(
        Buffer.from(deep),
        Buffer.from(`{"data":${deep}}`),
        Buffer.from('{"constructor":{"prototype":1}}'),
        Buffer.alloc(0),
      ),
    );

    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), body, fc.boolean(), (headers, bytes, verified) => {
        const request = aProviderRequest(bytes, headers);

        expect(rejection(integration, request, secretsOf(integration), settings)).toEqual(expect.any(String));
        expect(rejection(integration, request, {}, settings)).toEqual(expect.any(String));
        const answer = integration.handshake?.(request, secretsOf(integration), verified);
        expect(answer === undefined || answer.status === 200).toBe(true);
        const { type, time } = integration.read(request, bytes, settings);
        expect(type === undefined || type.length > 0).toBe(true);
        if (time !== undefined) expect(new Date(time).toISOString()).toBe(time);
      }),
      { numRuns: 300 },
    );
  });
});

test('the catalogue loads no integration before it is asked for', () => {
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { findIntegration } = await import('./core/integrations/catalogue.ts');
    const before = loaded.filter((url) => /integrations\\/[a-z-]+\\//.test(url));
    await findIntegration('linear');
    const after = loaded.filter((url) => /integrations\\/[a-z-]+\\//.test(url)).map((url) => url.split('/').at(-2));
    console.log(JSON.stringify({ before, after: [...new Set(after)] }));
  `;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });

  expect(JSON.parse(stdout)).toEqual({ before: [], after: ['linear'] });
});

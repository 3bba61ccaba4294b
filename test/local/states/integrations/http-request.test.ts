import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../../../local/aws/service.ts';
import { StatesError } from '../../../../local/states/asl/errors.ts';
import { formEncoded } from '../../../../local/states/integrations/form-encoding.ts';
import { readHttpStep } from '../../../../local/states/integrations/http-request.ts';

const field = (name: string, ...values: unknown[]) => fc.record({ [name]: fc.oneof(fc.constantFrom(...values), fc.jsonValue()) });

test('whatever a step is given, it is understood or refused as States.Runtime', () => {
  const steps = fc
    .tuple(
      field('ApiEndpoint', 'https://api.example.com/a?b=c'),
      field('Method', 'POST'),
      field('Authentication', { ConnectionArn: 'arn:connection' }),
      field('Headers', {}, { 'content-type': 'text/plain' }),
      field('QueryParameters', {}, { a: [1, true, 'x'] }),
      field('RequestBody', 'text', { a: [] }),
      field('Transform', {}, { RequestBodyEncoding: 'URL_ENCODED' }),
    )
    .map((fields) => Object.assign({}, ...fields) as Json);
  fc.assert(
    fc.property(steps, (step) => {
      try {
        expect(readHttpStep(step).request.url.protocol).toMatch(/^https?:$/);
      } catch (error) {
        expect(error).toBeInstanceOf(StatesError);
        expect(error).toMatchObject({ error: 'States.Runtime' });
      }
    }),
  );
});

test('a form can be read back, whatever its names and texts hold', () => {
  const forms = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(forms, (form) => {
      expect([...new URLSearchParams(formEncoded(form, 'INDICES'))]).toEqual(Object.entries(form));
    }),
  );
});

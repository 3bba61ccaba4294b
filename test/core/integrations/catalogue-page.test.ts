import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cataloguePage } from '../../../core/integrations/catalogue-page.ts';

describe('docs/integrations.md', () => {
  test('is what npm run catalogue writes', async () => {
    const committed = readFileSync(join(import.meta.dirname, '../../../docs/integrations.md'), 'utf8');

    expect(committed).toBe(await cataloguePage());
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cataloguePage } from '../core/integrations/catalogue-page.ts';

// `npm run catalogue`: what people read of the integrations.
writeFileSync(join(import.meta.dirname, '../docs/integrations.md'), await cataloguePage());

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { editorSchema } from '../core/workflows/file/editor-schema.ts';

// `npm run schema`: what editors know of workflow.yaml.
const file = join(import.meta.dirname, '../schemas/workflow.schema.json');
writeFileSync(file, `${JSON.stringify(editorSchema(), undefined, 2)}\n`);

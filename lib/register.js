/**
 * `node --import millrace/register`: lets Node.js run Millrace's TypeScript from within `node_modules`, where it strips no types by itself
 * (https://nodejs.org/docs/latest-v24.x/api/typescript.html#type-stripping-in-dependencies). JavaScript, because it comes before.
 */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

const PACKAGE = new URL('../', import.meta.url).href;

registerHooks({
  load(url, context, nextLoad) {
    const isOurs = url.startsWith(PACKAGE) && !url.includes('/node_modules/', PACKAGE.length) && /\.ts$/.test(url);
    if (!isOurs) return nextLoad(url, context);
    return { format: 'module', source: stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8')), shortCircuit: true };
  },
});

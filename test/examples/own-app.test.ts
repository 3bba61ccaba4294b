import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';

jest.setTimeout(120_000);

const PROJECT = join(import.meta.dirname, '../..');
const EXAMPLE = join(PROJECT, 'examples/own-app');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'own-app-')));
afterAll(() => rmSync(folder, { recursive: true }));

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> }>>;
}

/** Runs the app in `directory` as its cdk.json says; gives its templates by the stacks' names. */
function synthesize(directory: string, context: object): Record<string, Template> {
  const outdir = join(folder, `cdk.out-${readdirSync(folder).length}`);
  const { app } = JSON.parse(readFileSync(join(directory, 'cdk.json'), 'utf8'));
  const [, ...args] = app.split(' ');
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: directory,
    env: { PATH: process.env.PATH, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', CDK_CONTEXT_JSON: JSON.stringify(context) },
    encoding: 'utf8',
  });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const files = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
  return Object.fromEntries(
    files.map((file) => [file.replace('.template.json', ''), JSON.parse(readFileSync(join(outdir, file), 'utf8'))]),
  );
}

const ofType = ({ Resources }: Template, type: string) => Object.values(Resources).filter(({ Type }) => Type === type);
const machineNames = (template: Template) =>
  ofType(template, 'AWS::StepFunctions::StateMachine').map(({ Properties }) => Properties.StateMachineName);

function expectShop(templates: Record<string, Template>): void {
  expect(Object.keys(templates).sort()).toEqual(['Shop-dev-orders', 'Shop-dev-platform', 'Shop-dev-state', 'Shop-dev-workflows']);
  const { 'Shop-dev-orders': own, 'Shop-dev-workflows': workflows } = templates;
  if (!own || !workflows) throw new Error('A stack is missing.');
  expect(machineNames(workflows)).toEqual(['Shop-dev-workflows-order-placed']);
  // By the prefix that the platform may start, though it is in another stack.
  expect(machineNames(own)).toEqual(['Shop-dev-workflows-reserve-stock']);
  expect(ofType(own, 'AWS::SQS::Queue')).toHaveLength(1);
  expect(ofType(own, 'Custom::MillraceWorkflow').map(({ Properties }) => Properties.WorkflowId)).toEqual(['reserve-stock']);
}

test('an app of a team has Millrace beside its own stack', () => {
  expectShop(synthesize(EXAMPLE, { 'aws:cdk:bundling-stacks': [] }));
});

test('an app with Millrace installed in node_modules, as from a package or a git repository, is the same', () => {
  const app = join(folder, 'app');
  cpSync(EXAMPLE, app, { recursive: true, filter: (source) => !source.endsWith('cdk.out') });
  const installed = join(app, 'node_modules/millrace');
  mkdirSync(installed, { recursive: true });
  for (const part of ['package.json', 'core', 'lambdas', 'lib'])
    cpSync(join(PROJECT, part), join(installed, part), { recursive: true });
  for (const dependency of readdirSync(join(PROJECT, 'node_modules'))) {
    if (!dependency.startsWith('.')) symlinkSync(join(PROJECT, 'node_modules', dependency), join(app, 'node_modules', dependency));
  }

  expectShop(synthesize(app, {}));
});

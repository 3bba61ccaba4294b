import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AssetHashType, DockerImage, Stack } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { type BuildFailure, type BuildOptions, buildSync, version } from 'esbuild';
import { InvalidFileError } from '../core/workflows/source-text.ts';

/** What esbuild puts where a CommonJS library calls `require` for a built-in module: such a file needs a `require` of its own. */
const NEEDS_REQUIRE = 'Dynamic require of';
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);\n";
const ENVIRONMENT_CREDENTIALS = join(import.meta.dirname, '../core/aws/environment-credentials.ts');

const OPTIONS = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  splitting: true,
  minify: true,
  treeShaking: true,
  mainFields: ['module', 'main'],
  // A fifth of the bytes and half of the files that a cold start reads.
  alias: { '@aws-sdk/credential-provider-node': ENVIRONMENT_CREDENTIALS },
  legalComments: 'none',
  logLevel: 'silent',
} satisfies BuildOptions;

/** The files of a bundle by their paths in it, and the times at which each of its sources was last changed. */
interface Bundle {
  readonly files: Readonly<Record<string, string>>;
  readonly sources: Readonly<Record<string, number>>;
}

/** A bundle with a number that tells it from those that its entry had before in this process. */
type NumberedBundle = Bundle & { readonly number: number };

/** By entry. A process that synthesizes again and again bundles again only what changed. */
const bundles = new Map<string, NumberedBundle>();

/**
 * The code of a function in `scope`: the module `entry` and all it imports, as `handler.mjs` and its chunks.
 * ES modules, split, and `module` before `main`: the AWS SDK then loads only what is used (design.md, decisions).
 * Throws `InvalidFileError` with the places of what can't be bundled.
 */
export function bundledCode(scope: IConstruct, entry: string): Code {
  if (!statSync(entry, { throwIfNoEntry: false })?.isFile()) {
    throw new Error(`${relative(process.cwd(), entry)} does not exist; it has to export the function's handler.`);
  }
  // Before the CDK asks for it: an error from within its bundling would come wrapped in the CDK's own words.
  const { files, number } = Stack.of(scope).bundlingRequired ? bundleOf(entry) : NOT_BUNDLED;
  return Code.fromAsset(dirname(entry), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the local bundling below does all.
      image: DockerImage.fromRegistry('none'),
      // Part of the key by which the CDK tells bundles of one folder, and of one process, apart.
      command: [entry, String(number)],
      local: {
        tryBundle(outputDir) {
          for (const [path, text] of Object.entries(files)) {
            const file = join(outputDir, path);
            mkdirSync(dirname(file), { recursive: true });
            writeFileSync(file, text);
          }
          return true;
        },
      },
    },
  });
}

/** For stacks of which the CDK needs no more than the names, such as for `cdk list`. */
const NOT_BUNDLED: NumberedBundle = { files: {}, sources: {}, number: 0 };

function bundleOf(entry: string): NumberedBundle {
  const known = bundles.get(entry);
  if (known && isCurrent(known)) return known;
  const bundle = { ...(keptBundle(entry) ?? build(entry)), number: (known?.number ?? 0) + 1 };
  bundles.set(entry, bundle);
  return bundle;
}

const isCurrent = ({ sources }: Bundle): boolean =>
  Object.entries(sources).every(([file, changedAt]) => changeTime(file) === changedAt);

const changeTime = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.mtimeMs;

/**
 * The local start keeps bundles over processes in the folder that it names here, because bundling takes most of a synthesis. A deployment has no
 * such folder and bundles everything.
 */
function fileOfKept(entry: string): string | undefined {
  const { MILLRACE_BUNDLES: folder } = process.env;
  const key = JSON.stringify([entry, version, OPTIONS]);
  return folder && join(folder, `${createHash('sha256').update(key).digest('hex')}.json`);
}

function keptBundle(entry: string): Bundle | undefined {
  const file = fileOfKept(entry);
  if (!file || changeTime(file) === undefined) return undefined;
  try {
    // `keep` wrote it, so its shape is known.
    const bundle = JSON.parse(readFileSync(file, 'utf8')) as Bundle;
    return isCurrent(bundle) ? bundle : undefined;
  } catch {
    // Cut off while it was written: it is made again.
    return undefined;
  }
}

function keep(entry: string, bundle: Bundle): void {
  const file = fileOfKept(entry);
  if (!file) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(bundle));
}

/** Nothing is written there: the CDK says later where the files belong. */
const OUTPUT_ROOT = resolve('/bundle');

function build(entry: string): Bundle {
  try {
    const { outputFiles, metafile } = buildSync({
      ...OPTIONS,
      entryPoints: [{ in: entry, out: 'handler' }],
      outdir: OUTPUT_ROOT,
      write: false,
      metafile: true,
    });
    const sources = Object.keys(metafile.inputs).map((file) => [resolve(file), changeTime(file) ?? 0] as const);
    const files = outputFiles.map(
      ({ path, text }) => [relative(OUTPUT_ROOT, path), text.includes(NEEDS_REQUIRE) ? REQUIRE + text : text] as const,
    );
    const bundle = { files: Object.fromEntries(files), sources: Object.fromEntries(sources) };
    keep(entry, bundle);
    return bundle;
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (!errors) throw error;
    throw new InvalidFileError(
      errors.map(({ location, text }) => ({
        // esbuild counts columns from zero.
        place: location ? `${location.file}:${location.line}:${location.column + 1}` : `${relative(process.cwd(), entry)}:1:1`,
        message: `${text}.`,
      })),
    );
  }
}

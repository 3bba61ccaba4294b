import * as v from 'valibot';
import { HTTP_METHODS, RESERVED_TRIGGER_IDS, TRIGGER_ID, UNGUESSABLE_TRIGGER_ID } from '../triggers/trigger.ts';
import type { Manifest } from './manifest.ts';
import { InvalidFileError, type JsonPath, parseSourceText, type SourceText } from './source-text.ts';

export type DeclaredTrigger = Manifest['triggers'][number];

/** What `workflow.yaml` declares. */
export interface WorkflowFile {
  readonly name: string;
  readonly description?: string;
  /** The definition's file in the same folder, where it isn't the usual one. */
  readonly definition?: string;
  readonly triggers: readonly DeclaredTrigger[];
}

const text = (what: string, maximum: number) =>
  v.pipe(
    v.string(`${what} must be a text.`),
    v.minLength(1, `${what} must not be empty.`),
    v.maxLength(maximum, `${what} must not be longer than ${maximum} characters.`),
  );

const oneOf = <const Options extends readonly string[]>(what: string, options: Options) =>
  v.picklist(options, `${what} must be ${options.join(' or ')}.`);

const triggerSchema = v.strictObject({
  kind: v.literal('webhook', 'kind must be webhook; other kinds of trigger are not supported yet.'),
  id: v.pipe(
    v.string('A trigger needs an id, a text.'),
    v.regex(TRIGGER_ID, 'A trigger id has 1 to 40 letters, digits, hyphens or underscores.'),
    v.check((id) => !RESERVED_TRIGGER_IDS.includes(id), 'This trigger id is reserved; choose another.'),
  ),
  methods: v.optional(
    v.pipe(
      v.array(oneOf('A method', HTTP_METHODS), 'methods must be a list of HTTP methods.'),
      v.minLength(1, 'methods must name at least one HTTP method.'),
      v.check((methods) => new Set(methods).size === methods.length, 'methods names an HTTP method twice.'),
    ),
    ['POST'],
  ),
  auth: v.optional(oneOf('auth', ['token', 'none']), 'token'),
  deduplicate: v.optional(oneOf('deduplicate', ['key', 'body']), 'key'),
  enabled: v.optional(v.boolean('enabled must be true or false.'), true),
});

const workflowSchema = v.strictObject({
  name: text('name', 100),
  description: v.optional(text('description', 1000)),
  definition: v.optional(
    v.pipe(
      v.string('definition must be the name of a file in this folder.'),
      v.regex(
        /^[A-Za-z0-9_-]+\.asl\.(yaml|json)$/,
        'definition must name a file of this folder that ends in .asl.yaml or .asl.json.',
      ),
    ),
  ),
  triggers: v.optional(v.array(triggerSchema, 'triggers must be a list.'), []),
});

/** Parses `workflow.yaml`; `file` is its name in messages. Throws `InvalidFileError` with every mistake and its place. */
export function parseWorkflowFile(file: string, content: string): WorkflowFile & { readonly source: SourceText } {
  const source = parseSourceText(file, content);
  const value = source.value ?? {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new InvalidFileError([source.mistakeAt([], 'This file must be a mapping.')]);
  const result = v.safeParse(workflowSchema, value);
  if (!result.success) {
    throw new InvalidFileError(
      result.issues.map((issue) => {
        const path = pathOf(issue);
        const key = String(path.at(-1) ?? '');
        if (issue.kind === 'schema' && issue.type === 'strict_object' && path.length > 0 && issue.expected === 'never') {
          return source.mistakeAt(path, `"${key}" is not known here.`, 'key');
        }
        if (issue.kind === 'schema' && issue.received === 'undefined') return source.mistakeAt(path, `"${key}" is missing.`);
        if (issue.kind === 'schema' && issue.type === 'strict_object') return source.mistakeAt(path, 'Here must be a mapping.');
        return source.mistakeAt(path, issue.message);
      }),
    );
  }

  const { triggers, name, description, definition } = result.output;
  const guessable = triggers.findIndex(({ auth, id }) => auth === 'none' && !UNGUESSABLE_TRIGGER_ID.test(id));
  if (guessable >= 0) {
    throw new InvalidFileError([
      source.mistakeAt(
        ['triggers', guessable, 'id'],
        'A trigger with auth none is protected by its id alone, which must be 128 random bits: 32 hexadecimal or 26 base32 characters in lower case.',
      ),
    ]);
  }
  return {
    name,
    ...(description !== undefined && { description }),
    ...(definition !== undefined && { definition }),
    triggers: triggers.map(({ id, ...trigger }) => ({ triggerId: id, ...trigger })),
    source,
  };
}

function pathOf(issue: v.BaseIssue<unknown>): JsonPath {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
}

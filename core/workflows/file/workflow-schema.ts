import * as v from 'valibot';
import { connectionsSchema } from './connection-schema.ts';
import { DURATION } from './duration.ts';
import { listOf, mapping, oneOf, text, textLike } from './fields.ts';
import { inputSchema } from './input-schema.ts';
import { limitsField } from './limits-schema.ts';
import { labelsField, triggerSchema } from './trigger-schema.ts';

const permissionSchema = mapping('A permission', {
  actions: v.pipe(listOf('actions', text('An action', 128)), v.examples([['s3:GetObject']])),
  resources: v.pipe(listOf('resources', text('A resource', 2048)), v.examples([['arn:aws:s3:::bucket/*']])),
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#concepts-tagging */
const tagsSchema = v.pipe(
  v.record(
    textLike(
      /^(?!aws:)[\p{L}\p{N}\s_.:/=+@-]{1,128}$/u,
      'A tag has 1 to 128 letters, digits, spaces or _.:/=+-@, and not aws: in front.',
    ),
    textLike(
      /^[\p{L}\p{N}\s_.:/=+@-]{0,256}$/u,
      "A tag's value is a text of up to 256 letters, digits, spaces or _.:/=+-@; quote numbers.",
    ),
    'tags must be a mapping of texts.',
  ),
  v.maxEntries(40, 'tags must not be more than 40.'),
  v.description('Tags of the state machine and the task functions.'),
  v.examples([{ team: 'growth' }]),
);

/** `workflow.yaml`, as its author writes it. */
export const workflowSchema = v.pipe(
  mapping('This file', {
    name: v.pipe(text('name', 100), v.description('What people call the workflow.')),
    description: v.optional(v.pipe(text('description', 1000), v.description('What it does, in a sentence or two.'))),
    active: v.pipe(
      v.optional(v.boolean('active must be true or false.'), true),
      v.description('What a new workflow begins with; later the command line decides.'),
    ),
    revision: v.pipe(
      v.optional(oneOf('revision', ['latest', 'manual']), 'latest'),
      v.description('latest: a deployment moves new runs to its revision. manual: only the command line does.'),
    ),
    timeout: v.optional(
      v.pipe(
        textLike(DURATION, 'timeout must be a number and a unit, such as 90s, 15m, 12h or 30d.'),
        v.description('How long a run may take.'),
        v.examples(['15m']),
      ),
    ),
    tags: v.optional(tagsSchema, {}),
    labels: v.optional(labelsField),
    limits: v.optional(limitsField),
    input: v.optional(inputSchema),
    permissions: v.pipe(
      v.optional(v.array(permissionSchema, 'permissions must be a list.'), []),
      v.description("IAM statements for the workflow's role, beyond those that follow from its definition."),
    ),
    connections: v.pipe(
      v.optional(connectionsSchema, {}),
      v.description(`Connections of HTTP steps, by name; a step uses one as \${connections.<name>}.`),
    ),
    definition: v.optional(
      v.pipe(
        textLike(
          /^[A-Za-z0-9_-]+\.asl\.(yaml|json)$/,
          'definition must name a file of this folder that ends in .asl.yaml or .asl.json.',
        ),
        v.description("The state machine's file in this folder, where it isn't definition.asl.yaml or definition.asl.json."),
      ),
    ),
    stateMachineArn: v.optional(
      v.pipe(
        textLike(
          /^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[A-Za-z0-9_-]{1,80}$/,
          'stateMachineArn must be the ARN of a state machine, without a version or an alias.',
        ),
        v.description('A Standard state machine of this account and region that exists already, instead of a definition.'),
      ),
    ),
    triggers: v.pipe(v.optional(v.array(triggerSchema, 'triggers must be a list.'), []), v.description('What starts it.')),
  }),
  v.title('A Millrace workflow'),
);
export type WorkflowDeclaration = v.InferOutput<typeof workflowSchema>;

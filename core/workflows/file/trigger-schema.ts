import * as v from 'valibot';
import { ADDRESSED_SOURCES } from '../../events/envelope.ts';
import { labelsSchema } from '../../labels.ts';
import { isRange } from '../../net/addresses.ts';
import { SUBSCRIPTION_NAME } from '../../subscriptions/subscription.ts';
import { HTTP_METHODS, RESERVED_TRIGGER_IDS, TRIGGER_ID } from '../../triggers/trigger.ts';
import { anyMapping, listOf, mapping, oneOf, text, textLike } from './fields.ts';
import { placeSchema, responseSchema, verificationSchema } from './verification-schema.ts';

export const labelsField = v.pipe(labelsSchema, v.description('By what runs are found again.'), v.examples([{ team: 'billing' }]));

const common = {
  id: v.pipe(
    textLike(TRIGGER_ID, 'A trigger id has 1 to 40 letters, digits, hyphens or underscores.'),
    v.check((id) => !RESERVED_TRIGGER_IDS.includes(id), 'This trigger id is reserved; choose another.'),
    v.description('Unique over all workflows; a webhook is called at /webhook/<id>.'),
  ),
  enabled: v.pipe(
    v.optional(v.boolean('enabled must be true or false.'), true),
    v.description('Whether the trigger starts runs; the other triggers of the workflow go on either way.'),
  ),
  labels: v.optional(labelsField),
};

const webhookSchema = mapping('A trigger', {
  kind: v.literal('webhook'),
  ...common,
  methods: v.pipe(
    v.optional(
      v.pipe(
        listOf('methods', oneOf('A method', HTTP_METHODS)),
        v.check((methods) => new Set(methods).size === methods.length, 'methods names an HTTP method twice.'),
      ),
      ['POST'],
    ),
    v.description('The HTTP methods that it takes.'),
  ),
  auth: v.pipe(
    v.optional(oneOf('auth', ['token', 'none', 'verification']), 'token'),
    v.description(
      'How a sender proves itself: with a token, as verification says, or by knowing the id alone, which then must be 128 random bits.',
    ),
  ),
  verification: v.optional(verificationSchema),
  deliveryKey: v.optional(
    v.pipe(
      placeSchema('deliveryKey'),
      v.description('Where the id is by which the sender repeats a request; by default Idempotency-Key and its like.'),
    ),
  ),
  allowedIps: v.optional(
    v.pipe(
      listOf(
        'allowedIps',
        v.pipe(
          v.string('An address of allowedIps must be a text.'),
          v.check(
            isRange,
            'An address of allowedIps must be one such as 192.0.2.7, or a range such as 192.0.2.0/24 or 2001:db8::/32.',
          ),
        ),
      ),
      v.description('The addresses that may call; without it, all.'),
    ),
  ),
  rateLimit: v.optional(
    v.pipe(
      mapping('rateLimit', {
        requests: v.pipe(
          v.number('requests must be a number.'),
          v.integer('requests must be whole.'),
          v.minValue(1, 'requests must be 1 at least.'),
          v.maxValue(1_000_000, 'requests must be 1000000 at most.'),
        ),
        per: v.optional(textLike(/^[1-9]\d{0,4}[smhd]$/, 'per must be a number and a unit, such as 10s, 1m, 1h or 1d.'), '1m'),
      }),
      v.description('How many requests it takes in each such time; those beyond are answered with 429 and when to send again.'),
      v.examples([{ requests: 100, per: '1m' }]),
    ),
  ),
  response: v.optional(
    v.pipe(
      v.union([v.literal('wait'), responseSchema], (issue) =>
        typeof issue.input === 'string' ? 'response must be wait, or a mapping of status, headers and body.' : issue.message,
      ),
      v.description(
        "What the sender is answered instead of 202 with the run's id; wait: the run's output, if it ends within 25 seconds.",
      ),
    ),
  ),
  deduplicate: v.pipe(
    v.optional(oneOf('deduplicate', ['key', 'body']), 'key'),
    v.description('What makes two requests the same: a delivery key in their headers, or else also the hash of their bodies.'),
  ),
});

const eventSchema = mapping('A trigger', {
  kind: v.literal('event'),
  ...common,
  source: v.pipe(
    textLike(
      /^(?:millrace\.[a-z0-9-]+|aws)$/,
      'source must be the source of an event on the bus, such as millrace.github, or aws.',
    ),
    v.check(
      (source) => !ADDRESSED_SOURCES.some((addressed) => addressed === source),
      `${ADDRESSED_SOURCES.join(', ')} are addressed to one trigger, so no event trigger can listen to them.`,
    ),
    v.description("The source of the events on the bus; aws: AWS's own, on the account's default bus."),
    v.examples(['millrace.github', 'millrace.custom', 'aws']),
  ),
  subscription: v.optional(
    v.pipe(
      textLike(SUBSCRIPTION_NAME, "subscription must be a subscription's name: 1 to 40 lower-case letters, digits or hyphens."),
      v.description('The subscription whose events alone it takes, by its name; without it, all events of the source.'),
      v.examples(['acme-github']),
    ),
  ),
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
  types: v.optional(
    v.pipe(
      listOf('types', text('A type', 128)),
      v.description('The types of event that start a run; a * at the end stands for anything. Not with source: aws.'),
      v.examples([['user.created'], ['pull_request.*']]),
    ),
  ),
  filter: v.optional(
    v.pipe(
      anyMapping('filter'),
      v.description("An EventBridge pattern that the event's data must match."),
      v.examples([{ action: ['opened', 'reopened'] }]),
    ),
  ),
  pattern: v.optional(
    v.pipe(
      anyMapping('pattern'),
      v.description('With source: aws, the EventBridge pattern that an event of the default bus must match.'),
      v.examples([{ source: ['aws.s3'], 'detail-type': ['Object Created'], detail: { bucket: { name: ['incoming'] } } }]),
    ),
  ),
});

const scheduleText = (name: string, meaning: string, ...examples: string[]) =>
  v.optional(v.pipe(v.string(`${name} must be a text.`), v.description(meaning), v.examples(examples)));

/** What the texts mean, and what is wrong with them, is known to `readSchedule`. */
const scheduleSchema = mapping('A trigger', {
  kind: v.literal('schedule'),
  ...common,
  cron: scheduleText(
    'cron',
    "When it fires: Unix's five fields (minute, hour, day of the month, month, day of the week), or AWS's six.",
    '0 2 * * *',
    '*/15 8-17 * * MON-FRI',
  ),
  rate: scheduleText('rate', 'How often it fires.', '5 minutes', '1 hour'),
  at: scheduleText('at', "The one time that it fires, on the timezone's clocks.", '2027-01-31T18:00:00'),
  timezone: scheduleText(
    'timezone',
    'The time zone of cron and of times without an offset; UTC if none is named.',
    'Europe/Berlin',
  ),
  start: scheduleText('start', 'It fires not before this time.', '2027-01-01T00:00:00'),
  end: scheduleText('end', 'It fires not after this time.', '2027-12-31T23:59:59'),
  window: scheduleText('window', 'It fires at any moment within this time after the one that is due.', '10m'),
  description: v.optional(v.pipe(text('description', 512), v.description('What it is for.'))),
  params: v.pipe(v.optional(anyMapping('params'), {}), v.description('What the workflow receives as input.params.')),
});

export const triggerSchema = v.pipe(
  v.variant('kind', [webhookSchema, eventSchema, scheduleSchema], (issue) =>
    issue.path
      ? 'kind must be webhook, event or schedule; every workflow has the trigger manual without declaring it.'
      : 'A trigger must be a mapping with kind and id.',
  ),
  v.description('What starts the workflow.'),
);
export type TriggerDeclaration = v.InferOutput<typeof triggerSchema>;

import * as v from 'valibot';
import { DURATION, secondsIn } from '../workflows/file/duration.ts';

const MOST_APPROVALS = 20;
/** Nobody needs to choose among more people than this. */
const MOST_APPROVERS = 50;
const COUNT = `approvals are a whole number from 1 to ${MOST_APPROVALS}`;
const PEOPLE = `approvers are 1 to ${MOST_APPROVERS} names`;
const TOKEN = 'a token is 1 to 2,048 characters';
const LONGEST_SECONDS = 90 * 86_400;

/** One line of a page. */
const LINE = /^\P{Cc}{1,100}$/u;
const line = (what: string) => v.pipe(v.string(), v.regex(LINE, `${what} is 1 to 100 characters on one line`));

const expires = v.pipe(
  v.string(),
  v.regex(DURATION, 'a duration is written as 90s, 15m, 12h or 30d'),
  v.transform((text) => secondsIn(text) ?? 0),
  v.maxValue(LONGEST_SECONDS, 'a callback is open for 90 days at most'),
);

/** What a workflow sends to `${millrace.callbacks}`; with the task's token it waits, without it the callback is opened. */
const callbackRequestSchema = v.pipe(
  v.strictObject({
    topic: line('a topic'),
    approvals: v.optional(v.pipe(v.number(), v.integer(COUNT), v.minValue(1, COUNT), v.maxValue(MOST_APPROVALS, COUNT))),
    approvers: v.optional(
      v.pipe(
        v.array(line("an approver's name")),
        v.minLength(1, PEOPLE),
        v.maxLength(MOST_APPROVERS, PEOPLE),
        v.check((names) => new Set(names).size === names.length, 'approvers are named once each'),
      ),
    ),
    expires: v.optional(expires),
    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html */
    token: v.optional(v.pipe(v.string(), v.minLength(1, TOKEN), v.maxLength(2_048, TOKEN))),
  }),
  v.forward(
    v.check(
      ({ approvals = 1, approvers }) => (approvers?.length ?? 1) >= approvals,
      'several approvals need as many approvers by name: only so are they of different people',
    ),
    ['approvers'],
  ),
);
export type CallbackRequest = v.InferOutput<typeof callbackRequestSchema>;

/** Reads what a step sends. Raises `CallbackRefused` that says where it is wrong, and nothing of the values: it ends up in logs. */
export function readCallbackRequest(payload: unknown): CallbackRequest {
  const parsed = v.safeParse(callbackRequestSchema, payload);
  if (parsed.success) return parsed.output;
  const mistakes = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'it'}: ${mistakeOf(issue)}`);
  throw new CallbackRefused('InvalidInput', `What the step sends is not a callback: ${mistakes.join('; ')}.`);
}

function mistakeOf(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'validation') return issue.message;
  if (issue.expected === 'never') return 'is not known here';
  return issue.input === undefined ? 'is missing' : `must be ${String(issue.expected).toLowerCase()}`;
}

/** A request that cannot be met, as an error that a definition can catch by its name. */
export class CallbackRefused extends Error {
  constructor(name: 'InvalidInput' | 'Millrace.CallbackExpired', message: string) {
    super(message);
    this.name = name;
  }
}

import type { Vault } from '../secrets/vault.ts';
import { type Failure, type Notice, noticeOf, slackText } from './notice.ts';
import { type Recipients, type Scope, slackOwner } from './recipients.ts';

/** Nobody was told, for certain: it may be tried again. */
export class NotTold extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'NotTold';
  }
}

export interface Notifier {
  readonly publicUrl: string;
  readonly findRecipients: (scope: Scope) => Promise<Recipients>;
  readonly vault: Pick<Vault, 'open'>;
  /** Notes that somebody is told; false when that was noted before. */
  readonly claim: (about: string, recipient: string, now: Date) => Promise<boolean>;
  readonly release: (about: string, recipient: string) => Promise<void>;
  /** These raise `NotTold` where nobody was told, and anything else where that is not known. */
  readonly mail: (address: string, notice: Notice) => Promise<void>;
  readonly publish: (topicArn: string, notice: Notice) => Promise<void>;
  readonly post: (url: string, body: unknown) => Promise<void>;
}

interface Way {
  /** What tells it from the others; a secret, maybe. */
  readonly recipient: string;
  readonly kind: keyof Recipients;
  readonly tell: () => Promise<void>;
}

/**
 * Tells those who want to know of a failed run, of its workflow and of its workspace, each at most once a run. Whom it certainly could not tell it tries again
 * when it is called again; where it is not known whether somebody was told, that is left at once and logged. Raises `AggregateError` when
 * somebody has still to be told.
 */
export async function notify(notifier: Notifier, failure: Failure, now: Date): Promise<void> {
  const notice = noticeOf(failure, notifier.publicUrl);
  const about = failure.type === 'notification.test' ? failure.id : (failure.data.activityId ?? failure.id);
  const ways = await waysOf(notifier, failure, notice);
  const untold: unknown[] = [];
  for (const { recipient, kind, tell } of ways) {
    if (!(await notifier.claim(about, recipient, now))) continue;
    try {
      await tell();
    } catch (error) {
      const isCertain = error instanceof NotTold;
      console.error({ message: 'notification failed', about, kind, triedAgain: isCertain, error: String(error) });
      if (!isCertain) continue;
      await notifier.release(about, recipient);
      untold.push(error);
    }
  }
  if (untold.length > 0) throw new AggregateError(untold, `${untold.length} recipients of ${about} were not told.`);
}

/** A test is for the scope that it names alone. */
async function waysOf(notifier: Notifier, { type, workspace, data: { workflowId } }: Failure, notice: Notice): Promise<Way[]> {
  const ofWorkflow = workflowId === undefined ? [] : [{ workspace, workflowId }];
  const scopes: Scope[] = type === 'notification.test' && workflowId !== undefined ? ofWorkflow : [...ofWorkflow, { workspace }];
  const ways = await Promise.all(scopes.map((scope) => waysIn(notifier, scope, notice)));
  // Named twice is told once.
  return [...new Map(ways.flat().map((way) => [way.recipient, way])).values()];
}

async function waysIn(notifier: Notifier, scope: Scope, notice: Notice): Promise<Way[]> {
  const { mail, publish, post } = notifier;
  const { email, topicArn, slack } = await notifier.findRecipients(scope);
  return [
    ...(email === undefined ? [] : [{ kind: 'email' as const, recipient: email, tell: () => mail(email, notice) }]),
    ...(topicArn === undefined ? [] : [{ kind: 'topicArn' as const, recipient: topicArn, tell: () => publish(topicArn, notice) }]),
    ...(slack === undefined ? [] : [await slackWay(notifier, scope, slack, (url) => post(url, { text: slackText(notice.text) }))]),
  ];
}

/** One whose URL cannot be opened keeps nobody else from being told. */
async function slackWay({ vault }: Notifier, scope: Scope, sealed: Uint8Array, tell: (url: string) => Promise<void>): Promise<Way> {
  try {
    const url = await vault.open(slackOwner(scope), sealed);
    return { kind: 'slack', recipient: url, tell: () => tell(url) };
  } catch (error) {
    const failed = () => Promise.reject(new NotTold('The URL of the webhook cannot be opened.', error));
    return { kind: 'slack', recipient: `slack of ${scope.workflowId ?? '*'}`, tell: failed };
  }
}

import type { ReceivedRequest } from '../events/envelope.ts';

/** What a provider sent, before anything is made of it. Header names are lower-case. */
export interface ProviderRequest extends ReceivedRequest {
  /** The bytes as they came: signatures are checked on these. */
  readonly body: Buffer;
  readonly receivedAt: Date;
  /** The callback URL as the provider was given it: some sign it. */
  readonly url: string;
}

/** A subscription's secrets in clear, by name; of each the values that count now, newest first. One that is not set has none. */
export type Secrets = Readonly<Record<string, readonly string[]>>;

/** What only a subscription of this integration has, checked by the integration's `settings` schema. Only `generic` has any. */
export type Settings = Readonly<Record<string, unknown>>;

/** Why a sender is not believed: for the request log, never for the sender. One sentence without secrets. */
export interface Rejected {
  readonly rejected: string;
  readonly body?: never;
}

/** A request whose sender is who it says. */
export interface Verified {
  /** The body to read and keep, where it is another than the one that came: decrypted. */
  readonly body?: Buffer;
  readonly rejected?: never;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a request says of itself. */
export interface ReadEvent {
  /** The event's type, such as `pull_request.opened`; undefined where the request names none. */
  readonly type: string | undefined;
  readonly subject?: string;
  /** When it happened, ISO 8601; by default when it came in. */
  readonly time?: string;
  /** By what the provider knows the event when it sends it again; undefined where it gives nothing. */
  readonly deliveryKey?: string;
  /** What workflows get as `eventData`. By default the body by its content type; JSON the bus does not take, as text. */
  readonly data?: unknown;
}

export interface SecretDeclaration {
  readonly name: string;
  /** What the provider calls it. */
  readonly title: string;
  /** Whether we make it, and the person pastes it at the provider; else the provider shows it, and the person gives it to us. */
  readonly generated: boolean;
  /** Whether the subscription is finished without it. */
  readonly optional?: true;
}

/** An event of a provider, for the catalogue, the tests and `millrace send`. */
export interface EventDefinition {
  readonly type: string;
  readonly title: string;
  /** JSON Schema 2020-12 of its data. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly sample: Sample;
}

/** A request as the provider sends it, without what `sign` adds. Nothing in it is anybody's: names and addresses are made up. */
export interface Sample {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface SignedSample {
  readonly method: string;
  /** `sample.headers`, the content type and what proves the sender. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What we know of a provider. Nothing here raises for anything a stranger may send: whatever can't be checked is `Rejected`, and whatever
 * can't be read has no type.
 */
export interface Integration {
  readonly id: string;
  readonly title: string;
  /** The provider's own page on its webhooks. */
  readonly docs: string;
  /** How a request is verified, in a sentence for people. */
  readonly verification: string;
  readonly secrets: readonly SecretDeclaration[];
  /** The provider's own steps for pasting the URL, one sentence each. */
  readonly setup: readonly string[];
  /**
   * The types it is known to send; `*` at the end of one stands for anything. What is not among them is taken only by a subscription that
   * names it.
   */
  readonly types: readonly string[];
  /**
   * What carries the credential, besides `authorization` and `cookie`, and is kept nowhere. Names in lower case; of a JSON body, the paths of
   * keys.
   */
  readonly credentials: {
    readonly headers: readonly string[];
    readonly query?: readonly string[];
    readonly body?: readonly (readonly string[])[];
  };
  /** What the provider expects for an event that is safe, and for one that is ignored. */
  readonly answer: Answer;
  /** Checks a subscription's settings: a valibot schema. */
  readonly settings?: import('valibot').GenericSchema<unknown, Settings>;
  /** The credential header names that the settings add. */
  readonly credentialsOf?: (settings: Settings) => { readonly headers: readonly string[]; readonly query?: readonly string[] };

  /** Checks the sender on the raw bytes, in constant time, the timestamp on both sides. */
  verify(request: ProviderRequest, secrets: Secrets, settings: Settings): Verified | Rejected;
  /**
   * The answer to a handshake, or undefined for a request that is none. It is asked before the sender is verified, with `verified` false, where the
   * provider leaves its handshake unsigned or the subscription is not finished; and after it, with `verified` true. It never
   * publishes.
   */
  handshake?(request: ProviderRequest, secrets: Secrets, verified: boolean): Answer | undefined;
  /** Reads a verified request; `body` is that of `Verified`, else the request's. */
  read(request: ProviderRequest, body: Buffer, settings: Settings): ReadEvent;
  /** The provider's events, loaded only where they are shown or sent. */
  readonly events: () => Promise<readonly EventDefinition[]>;
  /** A sample, signed as the provider signs. `url` is the callback URL. */
  sign(sample: Sample, secrets: Secrets, at: { readonly url: string; readonly now: Date }, settings: Settings): SignedSample;
}

export const isRejected = (outcome: Verified | Rejected): outcome is Rejected => outcome.rejected !== undefined;

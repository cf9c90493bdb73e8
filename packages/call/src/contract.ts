/** User agents and calls: what applications are written against. The same in Node and in browsers. */

import type { Emitter } from "@trapezoid/base";
import type { ZrtpSecurity } from "@trapezoid/rtp";
import type {
  IncomingSession,
  IncomingSubscribe,
  InviteSession,
  OutgoingSession,
  PrivacyOptions,
  Publication,
  PublicationOptions,
  RegistrationClient,
  RegistrationOptions,
  Reply,
  RequestOptions,
  RequestResult,
  Subscription,
  SubscriptionOptions,
  UserAgentCore,
} from "@trapezoid/sip/agent";
import type { HeaderLine, NameAddr, Uri } from "@trapezoid/sip/message";
import type { AudioOptions, CallAudio, CallMedia, MediaProfile } from "./media-port.ts";
import type {
  AgreedMedia,
  CallEnd,
  CallState,
  CallStatistics,
  CallVideo,
  Digit,
  DigitMethod,
  PlaySource,
  ReceivedDigit,
  Recording,
  RecordOptions,
} from "./values.ts";

/** What both kinds of call can do. Every operation rejects once the call is over. */
export interface Call extends AsyncDisposable {
  readonly direction: "outgoing" | "incoming";
  readonly state: CallState;
  /** Call-ID. */
  readonly id: string;
  /** Who is at the other end: by the word of a trusted neighbour (RFC 3325), else as From or To says. */
  readonly remote: NameAddr;
  /** The SIP session below. */
  readonly session: InviteSession;
  /** The media below: sessions with sockets in Node, an RTCPeerConnection in browsers. */
  readonly sound: CallMedia;
  /** What is agreed now; `undefined` before anything is. */
  readonly media: AgreedMedia | undefined;
  /** ZRTP's keys of the sound, with what both people read to each other; `undefined` where there are none. */
  readonly security: ZrtpSecurity | undefined;
  /** Who holds. */
  readonly held: { readonly byUs: boolean; readonly byThem: boolean };
  readonly events: Emitter<CallEvents>;
  /** Resolves when the call is up; rejects with a `CallError` when it comes to nothing. */
  readonly answered: Promise<void>;
  /** Resolves when it is over and nothing of it is left; never rejects. */
  readonly ended: Promise<CallEnd>;
  /** CANCEL, a refusal or BYE, as fits. Resolves as `ended`; never rejects. */
  hangUp(options?: HangUpOptions): Promise<CallEnd>;

  /**
   * We hold: a re-INVITE with `sendonly`. `play`: what the other side hears meanwhile, in place of what was played before; default nothing.
   * Rejects with the status of a refusal; the call is then as before.
   */
  hold(options?: { readonly play?: PlaySource; readonly signal?: AbortSignal }): Promise<void>;
  resume(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Adds video, or drops it. Rejects when the other side refuses; the call is then as before. */
  setVideo(on: boolean, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** A re-INVITE from where we are now, with what is agreed: after a change of address. */
  refresh(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * RFC 5589. An address: blind transfer. A call: attended, the two others are joined. Resolves when the other side has reached the target,
   * and this call is then hung up; rejects with a `CallError` when it has not, and this call goes on.
   */
  transfer(target: string | Uri | Call, options?: TransferOptions): Promise<void>;

  /** By `auto`: events where they are agreed, else tones in the sound. */
  sendDigits(digits: string, options?: SendDigitsOptions): Promise<void>;
  /**
   * Every digit as it is pressed, by whichever way it comes, those that nobody has read yet among them; ends with the call. A digit is read
   * once.
   */
  digits(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<Digit>;
  /**
   * Digits of one input: what was pressed is what is returned, be it nothing. Rejects when the prompt cannot be played, and when the call is
   * over and nothing was pressed.
   */
  collectDigits(options?: CollectOptions): Promise<string>;
  /** Resolves at the end of the sound, or when it is stopped by `signal`, by the next `play` or, with `untilDigit`, by a digit. */
  play(source: PlaySource, options?: PlayOptions): Promise<"ended" | "stopped">;
  /** In Node to a WAV file; in browsers `path` is left out, and the result is a blob. */
  record(path?: string, options?: RecordOptions): Promise<Recording>;
  /** The sound itself. */
  audio(options?: AudioOptions): Promise<CallAudio>;
  /** Packets of video, which Node does not decode; browsers render it by themselves. Rejects when there is no video. */
  video(): Promise<CallVideo>;
  mute(muted: boolean): Promise<void>;
  /** Now; of a call that is over, at its end. */
  statistics(): Promise<CallStatistics>;
  /**
   * The people have compared what ZRTP gave them to read: it is remembered for later calls. False: it was another, so that somebody listens;
   * what was remembered is erased. Rejects where there is nothing to compare.
   */
  verifySas(matches: boolean): Promise<void>;

  /** A text within the call (MESSAGE, RFC 3428). */
  message(text: string, options?: { readonly contentType?: string }): Promise<void>;
  /** INFO (RFC 6086). */
  info(body: { readonly contentType: string; readonly body: string }, infoPackage?: string): Promise<void>;
}

export type CallEvents = {
  /** A provisional response: of the other side, or of ours. */
  progress: readonly [status: number, reason: string];
  /** It is up. */
  answered: readonly [];
  /** Something else is agreed: hold, codec, video. */
  media: readonly [media: AgreedMedia];
  /** The other side holds, or no longer. */
  held: readonly [byThem: boolean];
  digit: readonly [digit: ReceivedDigit];
  /** Text within the call. */
  message: readonly [text: string, contentType: string];
  /** The other side is somebody else now: it was transferred, or says so (RFC 4916). */
  remote: readonly [remote: NameAddr];
  /** The other side has sent us elsewhere: the new call. This one ends when the other side hangs up. */
  transferred: readonly [call: OutgoingCall];
  /** This one was replaced by another (RFC 3891). */
  replaced: readonly [call: IncomingCall];
  /** ZRTP: what both people read to each other; again when something about it has changed. `security` has the rest. */
  secured: readonly [sas: string, verified: boolean];
  warning: readonly [text: string];
  ended: readonly [end: CallEnd];
};

export interface OutgoingCall extends Call {
  readonly direction: "outgoing";
  readonly session: OutgoingSession;
  /** Resolves with the first status that says that it rings, or that it was answered; rejects as `answered` does. */
  readonly ringing: Promise<number>;
}

export interface IncomingCall extends Call {
  readonly direction: "incoming";
  readonly session: IncomingSession;
  /** Header fields of the INVITE, each value by itself. */
  header(name: string): readonly string[];
  /** RFC 3891: the call that this one takes the place of. */
  readonly replaces: Call | undefined;
  /** RFC 3911. */
  readonly joins: Call | undefined;
  /** 180. */
  ring(): Promise<void>;
  /** 183 with sound: what is played is heard before the call is answered. */
  earlyMedia(): Promise<void>;
  /** 200. Resolves when the caller has acknowledged it. */
  answer(options?: AnswerOptions): Promise<void>;
  /** Default 603. */
  reject(status?: number, reason?: string): void;
  /** 302. */
  redirect(targets: readonly (string | Uri)[]): void;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Seconds that the callee may ring. Default 180. */
  readonly ringSeconds?: number;
  readonly headers?: readonly HeaderLine[];
  readonly privacy?: PrivacyOptions;
  /** To offer video, too. Default false. */
  readonly video?: boolean;
  /** The callee offers (RFC 3261 §13.2.1). Default false. */
  readonly withoutOffer?: boolean;
  readonly media?: MediaProfile;
  /** RFC 3891: the value of Replaces. */
  readonly replaces?: string;
  /** RFC 3911. */
  readonly join?: string;
  readonly referredBy?: NameAddr;
}

export interface AnswerOptions {
  /** Whether video is taken that the caller offers. Default false. */
  readonly video?: boolean;
  readonly headers?: readonly HeaderLine[];
  /** Gives the call up while the caller's ACK is waited for. */
  readonly signal?: AbortSignal;
}

export interface HangUpOptions {
  /** For a call that has not been answered: the refusal. Default 603. */
  readonly status?: number;
  /** Text for Reason (RFC 3326). */
  readonly reason?: string;
}

export interface TransferOptions {
  readonly signal?: AbortSignal;
  /** RFC 4488: nothing is heard of the outcome; resolves when the other side has agreed to try. */
  readonly withoutSubscription?: boolean;
  /** How far it has got: 100, 180, 200. */
  readonly onProgress?: (status: number, reason: string) => void;
}

export interface SendDigitsOptions {
  /** Default `auto`. */
  readonly by?: DigitMethod | "auto";
  /** Of each. Default 160. */
  readonly toneMs?: number;
  readonly signal?: AbortSignal;
}

export interface CollectOptions {
  /** Ends the input after so many. Default 1. */
  readonly max?: number;
  /** Ends the input, and is not part of it. Default none. */
  readonly terminator?: Digit;
  /** How long the first may take. Default 5,000. */
  readonly firstMs?: number;
  /** How long each further one may take. Default 3,000. */
  readonly betweenMs?: number;
  /** Played until the first digit; the time begins when it ends. */
  readonly prompt?: PlaySource;
  readonly signal?: AbortSignal;
}

export interface PlayOptions {
  readonly signal?: AbortSignal;
  /** Stops at the first digit, which stays unread. */
  readonly untilDigit?: boolean;
}

/** Somebody whom we talk to asks us to call somebody else (REFER, RFC 3515). */
export interface TransferRequest {
  readonly call: Call;
  readonly target: Uri;
  /** RFC 3892: who asks. */
  readonly referredBy: NameAddr | undefined;
  /** Attended: the target expects us. */
  readonly replaces: string | undefined;
}

export interface ReceivedMessage {
  readonly from: NameAddr;
  readonly contentType: string;
  readonly text: string;
}

export interface UserAgentSettings {
  /** The address of record, with a display name if you like: `"Alice" <sip:alice@example.com>`. */
  readonly address: string;
  /** For digest authentication. */
  readonly password?: string;
  /** The name that goes with the password. Default: the user part of the address. */
  readonly user?: string;
  /** The outbound proxy: where every request outside of dialogs goes first. */
  readonly proxy?: string;
  /** User-Agent and Server. Default `Trapezoid`. */
  readonly product?: string;
  /**
   * Who may send us elsewhere by REFER. `refuse`, the default: nobody, since a call placed by the word of others may cost money; `follow`:
   * whoever we talk to; a function decides.
   */
  readonly onTransfer?: "refuse" | "follow" | ((request: TransferRequest) => boolean | Promise<boolean>);
  /**
   * Takes each call to us; when it is done, or fails, the call is hung up. What came to nothing in the call (`CallError`, `SipError`, a file that
   * cannot be played) goes to `onError`, and without one is a warning of the process or the console; but not because the call is over: who
   * hangs up in the middle of a menu does no wrong. Other exceptions are faults and go to `onError` in any case.
   */
  readonly onCall?: (call: IncomingCall) => void | Promise<void>;
  /** MESSAGE outside of calls. Missing, and without a listener for `message`: 480. */
  readonly onMessage?: (message: ReceivedMessage) => Reply | Promise<Reply>;
  /** What others may subscribe to (RFC 6665), and who decides about each: by the word of `confirm` or `refuse`. Missing: 405. */
  readonly notifies?: {
    /** Event packages: `presence`, `dialog`. Others are answered 489. */
    readonly events: readonly string[];
    readonly onSubscribe: (subscribe: IncomingSubscribe) => void | Promise<void>;
  };
  /** What calls use unless they say otherwise. */
  readonly media?: MediaProfile;
  /** Seconds, RFC 4028. Default 1,800; 0: none. */
  readonly sessionSeconds?: number;
  /** RFC 3262. Default `supported`. */
  readonly reliableProvisional?: "off" | "supported" | "required";
  /** Calls at a time; more are answered 486. Default 1,000. */
  readonly maxCalls?: number;
  /** Seconds that a call to us may wait for its answer, since its caller may be gone without a word; then it is 480. Default 300; 0: no limit. */
  readonly maxWaitingSeconds?: number;
  /** Digits that wait for a reader; older ones are forgotten. Default 64. */
  readonly maxWaitingDigits?: number;
  /** Exceptions of handlers and listeners. Default: thrown in a microtask. */
  readonly onError?: (error: unknown) => void;
}

export type UserAgentEvents = {
  /** Somebody calls. Without a listener, without `onCall`, and without `incoming()` it is answered 480. */
  call: readonly [call: IncomingCall];
  message: readonly [message: ReceivedMessage];
  /** A first registration, and each after a failure. */
  registered: readonly [registration: RegistrationClient];
  /** `retryInMs`: `undefined` when there will be no other attempt. */
  registrationFailed: readonly [error: Error, retryInMs: number | undefined];
};

export interface UserAgent extends AsyncDisposable {
  readonly address: NameAddr;
  readonly events: Emitter<UserAgentEvents>;
  readonly calls: ReadonlySet<Call>;
  /** The user agent of SIP below: requests of any kind. */
  readonly core: UserAgentCore;
  readonly registration: RegistrationClient | undefined;
  /** Registers and stays registered until `close`. Rejects when the first attempt fails for good. */
  register(options?: RegistrationOptions & { readonly signal?: AbortSignal }): Promise<RegistrationClient>;
  unregister(): Promise<void>;
  /** Calls; resolves when the call is answered. Rejects with a `CallError`. */
  call(target: string | Uri, options?: CallOptions): Promise<OutgoingCall>;
  /** Calls; the call is there at once. */
  dial(target: string | Uri, options?: CallOptions): OutgoingCall;
  /** Calls to us, from now on; ends with the user agent. Those that wait when the iteration ends are answered 480. */
  incoming(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<IncomingCall>;
  /** RFC 3428. Rejects when it is refused. */
  message(
    target: string | Uri,
    text: string,
    options?: RequestOptions & { readonly contentType?: string },
  ): Promise<RequestResult>;
  /** RFC 6665. */
  subscribe(target: string | Uri, options: SubscriptionOptions): Subscription;
  /** RFC 3903. */
  publish(target: string | Uri, options: PublicationOptions): Publication;
  /** RFC 3261 §11: what the other side can do. */
  options(target: string | Uri, options?: RequestOptions): Promise<RequestResult>;
  /** Hangs up, unregisters, lets go of sockets. Waits for answers at most `graceMs` (default 2,000). Never rejects. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

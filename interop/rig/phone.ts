/** What every real phone of the rig can do, whichever program it is; tests are written against this. */

import type { TracedMessage } from "./sip-trace.ts";
import type { Measured } from "./tone.ts";
import type { Wav } from "./wav.ts";

export type PhoneTransport = "udp" | "tcp" | "tls";

export interface SoloOptions {
  /** The user's name: `alice`. */
  readonly user: string;
  /** The tone it speaks with. */
  readonly toneHz: number;
  /** Speaks this instead: a WAV file, 8 kHz mono 16-bit unless `soundHz` says otherwise. */
  readonly sound?: string;
  /** Sampling rate of what it speaks. Default 8,000. */
  readonly soundHz?: number;
  /** Default UDP. */
  readonly transport?: PhoneTransport;
  /** By name, in the order of preference: `PCMU`, `PCMA`, `G722`, `opus`, `L16`. Default PCMU and PCMA (baresip), all (Linphone). */
  readonly codecs?: readonly string[];
  /** SDES keys: offered, or nothing else taken. Default neither. */
  readonly srtp?: "offered" | "required";
  /** Answers every call: at once (`auto`), or with sound before it answers (`early`). Default `manual`. */
  readonly answers?: "auto" | "early" | "manual";
  readonly video?: boolean;
  /** Whose presence it watches. */
  readonly friends?: readonly string[];
}

export interface PhoneOptions extends SoloOptions {
  /** What stands after the @: a domain, or `127.0.0.1:5060`. */
  readonly domain: string;
  /** Where to send everything, when the domain is not an address. */
  readonly proxy?: string;
  readonly transport: PhoneTransport;
  readonly password: string;
  /** Asked for at registration, in seconds. */
  readonly expires?: number;
}

export interface ReceivedText {
  readonly from: string;
  readonly text: string;
}

export interface Phone extends AsyncDisposable {
  /** `sip:alice@127.0.0.1:5060`. */
  readonly address: string;
  /** Waits for the registration to succeed. */
  registered(): Promise<void>;
  /** Waits for the registration to be refused; resolves with the status, such as 401 or 403. */
  registrationFailed(): Promise<number>;
  unregister(): Promise<void>;
  dial(address: string): Promise<void>;
  /** Waits for a call to come in. */
  rings(): Promise<void>;
  answer(): Promise<void>;
  /** Ends, refuses or cancels the call, whatever it is now. */
  hangUp(): Promise<void>;
  /** Waits for the call to be up. */
  established(): Promise<void>;
  /** Waits until the call is over; resolves with what the phone said of it. */
  ended(): Promise<string>;
  /** Waits for the 180 of the other side. */
  heardRinging(): Promise<void>;
  /** Waits for sound of the other side before it answers. */
  heardEarlyMedia(): Promise<void>;
  /** What it heard in the last call, after its end. */
  heard(): Promise<Measured | undefined>;
  /** What it has heard so far in this call, or heard in the last one. baresip's ends with the first hold. */
  recording(): Promise<Wav | undefined>;
  hold(): Promise<void>;
  resume(): Promise<void>;
  /** Blind transfer of the call. */
  transfer(target: string): Promise<void>;
  /** Presses keys, one after the other. */
  sendDigits(digits: string): Promise<void>;
  /** Keys that the other side pressed in this call, as far as it reads them: events, and INFO. */
  digits(): string;
  /** A text outside of calls. */
  sendText(target: string, text: string): Promise<void>;
  /** Texts that came. */
  texts(): readonly ReceivedText[];
  /** SIP messages that it sent and received so far, as its own trace tells them. */
  messages(): TracedMessage[];
}

/** What every real phone of the rig can do, whichever program it is; tests are written against this. */

import type { TracedMessage } from "./sip-trace.ts";
import type { Measured } from "./tone.ts";

export type PhoneTransport = "udp" | "tcp" | "tls";

export interface PhoneOptions {
  /** The user's name: `alice`. */
  readonly user: string;
  /** What stands after the @: a domain, or `127.0.0.1:5060`. */
  readonly domain: string;
  /** Where to send everything, when the domain is not an address. */
  readonly proxy?: string;
  readonly transport: PhoneTransport;
  readonly password: string;
  /** The tone it speaks with. */
  readonly toneHz: number;
  /** Asked for at registration, in seconds. */
  readonly expires?: number;
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
  /** What it heard in the last call, after its end. */
  heard(): Promise<Measured | undefined>;
  /** SIP messages that it sent and received so far, as its own trace tells them. */
  messages(): TracedMessage[];
}

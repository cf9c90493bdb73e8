/**
 * SIPp scenarios step by step: what the phone on the other side says and expects, one dialog. The caller's requests go to `{{USER}}` at the
 * remote address; the callee learns the caller from its INVITE.
 */

export interface SippMessage {
  readonly headers?: readonly string[];
  /** A session description, or another body with its Content-Type among the headers. */
  readonly body?: string;
}

export interface SippResponse extends SippMessage {
  /**
   * A request that is not the last: the INVITE that began, of the callee; or one whose Via was kept.
   */
  readonly to?: "begin" | { readonly via: string; readonly cseq: string };
  /** RFC 3262: comes again until it is acknowledged. */
  readonly reliable?: boolean;
}

export interface SippRequest extends SippMessage {
  readonly cseq: number;
  /** Of the ACK for a refusal: it belongs to the transaction of the INVITE. */
  readonly refused?: boolean;
}

export interface SippExpectation {
  readonly optional?: boolean;
  /** Fails unless the whole message matches. SIPp's own regular expressions (POSIX). */
  readonly matches?: string;
  readonly timeoutMs?: number;
  /** Keeps what the pattern finds in a header field for later messages, as `[$20]` and so on. */
  readonly keep?: { readonly variable: number; readonly header: string; readonly pattern: string };
}

export interface SippSdp {
  /** Default: where SIPp's media are. */
  readonly address?: string;
  readonly port?: string;
  readonly direction?: "sendrecv" | "sendonly" | "recvonly" | "inactive";
  /** Of o=; more than before when something has changed. Default 1. */
  readonly version?: number;
  readonly lines?: readonly string[];
}

/** PCMU alone, unless `lines` say more. */
export function sippSdp(options: SippSdp = {}): string {
  const { address = "[media_ip]", port = "[media_port]", direction, version = 1, lines = [] } = options;
  return [
    "v=0",
    `o=- 1 ${version} IN IP4 [media_ip]`,
    "s=call",
    `c=IN IP4 ${address}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP 0`,
    "a=rtpmap:0 PCMU/8000",
    ...(direction === undefined ? [] : [`a=${direction}`]),
    ...lines,
  ].join("\n");
}

const via = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport";
const contact = "Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>";
const ownTag = "[pid]s[call_number]";

export class SippScenario {
  readonly #role: "caller" | "callee";
  readonly #steps: string[] = [];
  readonly #variables: number[] = [];
  /** The request that was received last is the one that began. */
  #isBeginning = false;
  /** What the callee waited for first. */
  #begunBy: number | string = "INVITE";

  constructor(role: "caller" | "callee") {
    this.#role = role;
  }

  /** From or To of each side in messages of the dialog. */
  get #parties(): { readonly own: string; readonly peer: string } {
    if (this.#role === "callee") return { own: `[$2];tag=${ownTag}`, peer: "[$1]" };
    return {
      own: `<sip:sipp@[local_ip]:[local_port]>;tag=${ownTag}`,
      peer: "<sip:{{USER}}@[remote_ip]:[remote_port]>[peer_tag_param]",
    };
  }

  /** The INVITE that begins it, or another request outside of dialogs. */
  begin(method: string, message: SippMessage = {}): this {
    return this.#send(
      `${method} sip:{{USER}}@[remote_ip]:[remote_port] SIP/2.0`,
      [
        via,
        "Max-Forwards: 70",
        `From: <sip:sipp@[local_ip]:[local_port]>;tag=${ownTag}`,
        "To: <sip:{{USER}}@[remote_ip]:[remote_port]>",
        "Call-ID: [call_id]",
        `CSeq: 1 ${method}`,
        contact,
      ],
      message,
      true,
    );
  }

  /** A request within the dialog. */
  request(method: string, { cseq, refused = false, ...message }: SippRequest): this {
    const { own, peer } = this.#parties;
    return this.#send(
      `${method} [next_url] SIP/2.0`,
      [
        refused ? "[last_Via:]" : via,
        "[routes]",
        "Max-Forwards: 70",
        `From: ${own}`,
        `To: ${peer}`,
        "Call-ID: [call_id]",
        `CSeq: ${cseq} ${method}`,
        contact,
      ],
      message,
      method !== "ACK",
    );
  }

  /** Answers the request that was received last. */
  respond(status: string, { to, reliable = false, ...message }: SippResponse = {}): this {
    const earlier = to === "begin" ? { via: "[$3]", cseq: "[$4]" } : to;
    const tag = this.#isBeginning ? `;tag=${ownTag}` : "";
    const lines =
      earlier !== undefined
        ? [
            `Via: ${earlier.via}`,
            `From: ${this.#parties.peer}`,
            `To: ${this.#parties.own}`,
            "Call-ID: [call_id]",
            `CSeq: ${earlier.cseq}`,
            contact,
          ]
        : [
            "[last_Via:]",
            "[last_Record-Route:]",
            "[last_From:]",
            `[last_To:]${tag}`,
            "[last_Call-ID:]",
            "[last_CSeq:]",
            contact,
          ];
    const isAnswer = this.#isBeginning || to !== undefined || message.body !== undefined;
    // RFC 3261 §13.3.1.4: of 2xx to an INVITE alone.
    const repeats = reliable || (isAnswer && this.#begunBy === "INVITE" && status.startsWith("2"));
    return this.#send(`SIP/2.0 ${status}`, lines, message, repeats);
  }

  /** Waits for a status or a method. The first INVITE that the callee receives tells it who calls. */
  expect(what: number | string, { optional = false, matches, timeoutMs, keep: kept }: SippExpectation = {}): this {
    const begins = this.#role === "callee" && this.#steps.length === 0;
    if (typeof what === "string") this.#isBeginning = begins;
    if (begins) this.#begunBy = what;
    const actions: string[] = [];
    const keep = (variable: number, pattern: string, where: string): void => {
      this.#variables.push(variable);
      actions.push(`<ereg regexp="${escapeXml(pattern)}" ${where} check_it="true" assign_to="${variable}"/>`);
    };
    if (begins) {
      for (const [index, name] of ["From", "To", "Via", "CSeq"].entries())
        keep(index + 1, "[^ ].*", `search_in="hdr" header="${name}:"`);
    }
    if (kept !== undefined) keep(kept.variable, kept.pattern, `search_in="hdr" header="${kept.header}:"`);
    if (matches !== undefined) keep(10 + this.#steps.length, matches, 'search_in="msg"');
    const attributes = [
      typeof what === "number" ? `response="${what}"` : `request="${what}"`,
      ...(optional ? ['optional="true"'] : []),
      // Where later requests go: Contact and Record-Route.
      ...(begins || (typeof what === "number" && what > 100 && what < 300) ? ['rrs="true"'] : []),
      ...(timeoutMs === undefined ? [] : [`timeout="${timeoutMs}"`]),
    ].join(" ");
    this.#steps.push(
      actions.length === 0
        ? `  <recv ${attributes}/>`
        : `  <recv ${attributes}>\n    <action>\n      ${actions.join("\n      ")}\n    </action>\n  </recv>`,
    );
    return this;
  }

  wait(ms: number): this {
    this.#steps.push(`  <pause milliseconds="${ms}"/>`);
    return this;
  }

  /** Plays raw µ-law from now on. */
  play(file: string): this {
    this.#steps.push(`  <nop><action><exec rtp_stream="${file},-1,0"/></action></nop>`);
    return this;
  }

  toXml(): string {
    const variables = this.#variables.join(",");
    return [
      '<?xml version="1.0" encoding="ISO-8859-1" ?>',
      `<scenario name="${this.#role}">`,
      ...this.#steps,
      // Variables that nobody reads are an error.
      ...(variables === "" ? [] : [`  <Reference variables="${variables}"/>`]),
      "</scenario>",
      "",
    ].join("\n");
  }

  #send(start: string, lines: readonly string[], { headers = [], body }: SippMessage, repeats: boolean): this {
    const isSdp = body !== undefined && !headers.some((line) => /^content-type:/i.test(line));
    const head = [start, ...lines, ...headers, ...(isSdp ? ["Content-Type: application/sdp"] : [])];
    const text = [
      ...head,
      `Content-Length: ${body === undefined ? "0" : "[len]"}`,
      "",
      ...(body === undefined ? [] : [body]),
    ];
    this.#steps.push(`  <send${repeats ? ' retrans="500"' : ""}><![CDATA[\n\n${text.join("\n")}\n\n]]></send>`);
    return this;
  }
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/** A browser without media: connections that describe themselves and keep the rules of RFC 8829, tracks, streams, devices. */

import type { BrowserMediaOptions } from "@trapezoid/call/browser";

type Platform = NonNullable<BrowserMediaOptions["platform"]>;
type Kind = "audio" | "video";

export class FakeTrack extends EventTarget {
  readonly kind: Kind;
  readonly label: string;
  enabled = true;
  readyState: "live" | "ended" = "live";
  readonly clones: FakeTrack[] = [];
  onended: (() => void) | null = null;

  constructor(kind: Kind, label = "") {
    super();
    this.kind = kind;
    this.label = label;
  }

  stop(): void {
    this.readyState = "ended";
  }

  clone(): FakeTrack {
    const copy = new FakeTrack(this.kind, this.label);
    this.clones.push(copy);
    return copy;
  }
}

export class FakeStream {
  readonly #tracks: FakeTrack[];
  constructor(tracks: FakeTrack[] = []) {
    this.#tracks = [...tracks];
  }
  getTracks(): FakeTrack[] {
    return [...this.#tracks];
  }
  getAudioTracks(): FakeTrack[] {
    return this.#tracks.filter(({ kind }) => kind === "audio");
  }
  getVideoTracks(): FakeTrack[] {
    return this.#tracks.filter(({ kind }) => kind === "video");
  }
  addTrack(track: FakeTrack): void {
    this.#tracks.push(track);
  }
  removeTrack(track: FakeTrack): void {
    this.#tracks.splice(this.#tracks.indexOf(track), 1);
  }
}

class FakeTransceiver {
  mid: string | null = null;
  direction: string;
  currentDirection: string | null = null;
  readonly receiver: { readonly track: FakeTrack };
  readonly sender: { track: FakeTrack | null; replaceTrack(track: FakeTrack | null): Promise<void> } = {
    track: null,
    async replaceTrack(track) {
      this.track = track;
    },
  };

  constructor(kind: Kind, direction: string) {
    this.direction = direction;
    this.receiver = { track: new FakeTrack(kind, "remote") };
  }
}

interface Description {
  readonly type: string;
  readonly sdp: string;
}

export interface FakeBehaviour {
  /** Firefox. */
  readonly withoutPreviews?: boolean;
  /** Candidates come by `gather` alone. */
  readonly gathersSlowly?: boolean;
}

/** The m= sections of a description, and their mids. */
export function sectionsOf(sdp: string): { kind: string; port: number; mid: string; direction: string }[] {
  return sdp
    .split(/(?=^m=)/m)
    .slice(1)
    .map((section) => ({
      kind: /^m=(\S+)/.exec(section)![1]!,
      port: Number(/^m=\S+ (\d+)/.exec(section)![1]),
      mid: /^a=mid:(\S+)/m.exec(section)?.[1] ?? "",
      direction: /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(section)?.[1] ?? "sendrecv",
    }));
}

export class FakeConnection extends EventTarget {
  signalingState = "stable";
  iceGatheringState = "new";
  connectionState = "new";
  localDescription: Description | null = null;
  remoteDescription: Description | null = null;
  /** What was set, as words: `local offer`, `remote pranswer`. */
  readonly course: string[] = [];
  readonly #transceivers: FakeTransceiver[] = [];
  readonly #behaviour: FakeBehaviour;
  readonly #name: string;
  #ufrag = 0;
  #before: { local: Description | null; remote: Description | null } = { local: null, remote: null };

  constructor(name: string, behaviour: FakeBehaviour) {
    super();
    this.#name = name;
    this.#behaviour = behaviour;
  }

  getTransceivers(): FakeTransceiver[] {
    return [...this.#transceivers];
  }

  addTransceiver(what: Kind | FakeTrack, { direction }: { readonly direction: string }): FakeTransceiver {
    const transceiver = new FakeTransceiver(typeof what === "string" ? what : what.kind, direction);
    if (typeof what !== "string") transceiver.sender.track = what;
    this.#transceivers.push(transceiver);
    return transceiver;
  }

  async createOffer({ iceRestart = false }: { readonly iceRestart?: boolean } = {}): Promise<Description> {
    if (iceRestart) this.#ufrag++;
    for (const [at, transceiver] of this.#transceivers.entries()) transceiver.mid ??= `${at}`;
    return { type: "offer", sdp: this.#describe(this.#transceivers) };
  }

  async createAnswer(): Promise<Description> {
    this.#mustBe("have-remote-offer");
    const mids = sectionsOf(this.remoteDescription!.sdp).map(({ mid }) => mid);
    return {
      type: "answer",
      sdp: this.#describe(mids.map((mid) => this.#transceivers.find((one) => one.mid === mid)!)),
    };
  }

  async setLocalDescription(description: Description): Promise<void> {
    this.course.push(`local ${description.type}`);
    if (description.type === "rollback") {
      this.#mustBe("have-local-offer");
      this.localDescription = this.#before.local;
      this.signalingState = "stable";
      return;
    }
    this.#mustBe(description.type === "offer" ? "stable" : "have-remote-offer");
    this.#before = { local: this.localDescription, remote: this.remoteDescription };
    this.localDescription = description;
    this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
    if (this.#behaviour.gathersSlowly !== true) this.gather(true);
    else this.iceGatheringState = "gathering";
  }

  async setRemoteDescription(description: Description): Promise<void> {
    this.course.push(`remote ${description.type}`);
    if (description.type === "rollback") {
      this.#mustBe("have-remote-offer");
      this.remoteDescription = this.#before.remote;
      this.signalingState = "stable";
      return;
    }
    if (description.type === "offer") {
      this.#mustBe("stable");
      if (description.sdp.includes("a=poison")) throw new TypeError("poisoned");
      this.#adopt(description.sdp);
      this.#before = { local: this.localDescription, remote: this.remoteDescription };
      this.signalingState = "have-remote-offer";
    } else {
      this.#mustBe("have-local-offer", "have-remote-pranswer");
      if (description.type === "pranswer" && this.#behaviour.withoutPreviews) throw new TypeError("not implemented");
      this.signalingState = description.type === "answer" ? "stable" : "have-remote-pranswer";
      for (const { mid, port } of sectionsOf(description.sdp)) {
        const transceiver = this.#transceivers.find((one) => one.mid === mid);
        if (port === 0 && transceiver !== undefined) transceiver.direction = "stopped";
      }
    }
    this.remoteDescription = description;
  }

  /** A candidate, and the end of gathering. */
  gather(isAll: boolean): void {
    const { type, sdp } = this.localDescription!;
    const candidate = "a=candidate:1 1 udp 2122260223 192.0.2.1 40000 typ host\r\n";
    this.localDescription = { type, sdp: sdp.includes(candidate) ? sdp : sdp + candidate };
    if (isAll) this.iceGatheringState = "complete";
    this.dispatchEvent(new Event("icecandidate"));
    this.dispatchEvent(new Event("icegatheringstatechange"));
  }

  turn(state: string): void {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }

  async getStats(): Promise<Map<string, unknown>> {
    return new Map();
  }

  close(): void {
    this.signalingState = "closed";
    this.connectionState = "closed";
  }

  #adopt(sdp: string): void {
    for (const { kind, mid, port } of sectionsOf(sdp)) {
      const known = this.#transceivers.find((one) => one.mid === mid);
      if (known === undefined) {
        const transceiver = new FakeTransceiver(kind as Kind, port === 0 ? "stopped" : "recvonly");
        transceiver.mid = mid;
        this.#transceivers.push(transceiver);
      } else if (port === 0) known.direction = "stopped";
    }
  }

  #describe(transceivers: readonly FakeTransceiver[]): string {
    const mids = transceivers.map(({ mid }) => mid);
    const head = [
      "v=0",
      `o=- ${this.#name.length} 1 IN IP4 127.0.0.1`,
      "s=-",
      "t=0 0",
      `a=group:BUNDLE ${mids.join(" ")}`,
    ];
    const sections = transceivers.flatMap(({ receiver, direction, mid }) => {
      const isAudio = receiver.track.kind === "audio";
      return [
        `m=${receiver.track.kind} ${direction === "stopped" ? 0 : 9} UDP/TLS/RTP/SAVPF ${isAudio ? "111 126" : "96"}`,
        "c=IN IP4 0.0.0.0",
        `a=mid:${mid}`,
        `a=ice-ufrag:${this.#name}${this.#ufrag}`,
        "a=ice-pwd:0123456789abcdef01234567",
        `a=fingerprint:sha-256 AA:BB`,
        "a=setup:actpass",
        "a=rtcp-mux",
        `a=${direction === "stopped" ? "inactive" : direction}`,
        ...(isAudio ? ["a=rtpmap:111 opus/48000/2", "a=rtpmap:126 telephone-event/8000"] : ["a=rtpmap:96 VP8/90000"]),
      ];
    });
    return [...head, ...sections].map((line) => `${line}\r\n`).join("");
  }

  #mustBe(...states: string[]): void {
    if (!states.includes(this.signalingState)) throw new TypeError(`wrong state ${this.signalingState}`);
  }
}

class FakeAudioElement {
  srcObject: unknown = null;
  muted = false;
  autoplay = false;
  async play(): Promise<void> {}
  pause(): void {}
}

export class FakeBrowser {
  readonly connections: FakeConnection[] = [];
  readonly elements: FakeAudioElement[] = [];
  /** What was asked for, and given. */
  readonly asked: MediaStreamConstraints[] = [];
  readonly given: FakeTrack[] = [];
  /** In place of a device: what getUserMedia rejects with, or waits for. */
  refusal: Error | undefined;
  wait: Promise<void> | undefined;
  readonly platform: Platform;

  constructor(behaviour: FakeBehaviour = {}) {
    const { connections } = this;
    const missing = class {
      constructor() {
        throw new TypeError("there is no Web Audio here");
      }
    };
    this.platform = {
      RTCPeerConnection: class extends FakeConnection {
        constructor() {
          super(`c${connections.length}`, behaviour);
          connections.push(this);
        }
      },
      MediaStream: FakeStream,
      AudioContext: missing,
      AudioWorkletNode: missing,
      MediaRecorder: missing,
      createAudio: () => {
        const element = new FakeAudioElement();
        this.elements.push(element);
        return element;
      },
      getUserMedia: async (constraints: MediaStreamConstraints) => {
        this.asked.push(constraints);
        await this.wait;
        if (this.refusal !== undefined) throw this.refusal;
        const track = new FakeTrack(constraints.audio ? "audio" : "video", "device");
        this.given.push(track);
        return new FakeStream([track]);
      },
      fetch: () => Promise.reject(new TypeError("there is no network here")),
    } as unknown as Platform;
  }

  /** Another page's answer to an offer. */
  async answerTo(offer: string, directions: Partial<Record<Kind, string>> = {}, name = "peer"): Promise<string> {
    const peer = new FakeConnection(name, {});
    await peer.setRemoteDescription({ type: "offer", sdp: offer });
    for (const transceiver of peer.getTransceivers()) {
      const wanted = directions[transceiver.receiver.track.kind];
      if (transceiver.direction !== "stopped") transceiver.direction = wanted ?? "sendrecv";
    }
    await peer.setLocalDescription(await peer.createAnswer());
    return peer.localDescription!.sdp;
  }

  /** Another page's offer. */
  async offerOf(kinds: readonly Kind[], name = "peer"): Promise<string> {
    const peer = new FakeConnection(name, {});
    for (const kind of kinds) peer.addTransceiver(kind, { direction: "sendrecv" });
    await peer.setLocalDescription(await peer.createOffer());
    return peer.localDescription!.sdp;
  }
}

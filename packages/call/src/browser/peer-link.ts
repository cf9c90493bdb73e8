/** One RTCPeerConnection: its transceivers, its descriptions, and the way back when an offer comes to nothing. RFC 8829. */

import type { Clock } from "@trapezoid/base";
import { receives, sends } from "@trapezoid/sdp";
import type { WantedMedia } from "../media-port.ts";
import type { Direction } from "../values.ts";
import { agreedBetween, midsOf, unwantedMids, withoutSections } from "./descriptions.ts";
import { descriptionFailed } from "./errors.ts";
import { gathered } from "./gathering.ts";

/** What is sent; `null`: nothing yet. */
export interface LocalTracks {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
  /** Under whose name the tracks are announced. */
  readonly stream: MediaStream;
}

export interface LinkOptions {
  readonly clock: Clock;
  readonly gatherMs: number;
}

type Kind = "audio" | "video";

export class PeerLink {
  readonly connection: RTCPeerConnection;
  readonly #options: LinkOptions;
  /** As they were before the offer that is open. */
  #before: { readonly transceiver: RTCRtpTransceiver; readonly direction: RTCRtpTransceiverDirection }[] = [];

  constructor(connection: RTCPeerConnection, options: LinkOptions) {
    this.connection = connection;
    this.#options = options;
  }

  get isStable(): boolean {
    return this.connection.signalingState === "stable";
  }

  get isClosed(): boolean {
    return this.connection.signalingState === "closed";
  }

  /** The one in use, if there is one. */
  transceiver(kind: Kind): RTCRtpTransceiver | undefined {
    return this.connection
      .getTransceivers()
      .find(
        (one) => one.receiver.track.kind === kind && one.direction !== "stopped" && one.currentDirection !== "stopped",
      );
  }

  async offer(wanted: WantedMedia, tracks: LocalTracks, iceRestart: boolean): Promise<string> {
    const { connection } = this;
    this.#remember();
    await this.#want("audio", wanted.audio, tracks);
    if (wanted.video !== undefined) await this.#want("video", wanted.video, tracks);
    await connection.setLocalDescription(await connection.createOffer({ iceRestart }));
    const text = await this.#described();
    return wanted.video === undefined ? withoutSections(text, midsOf(text, "video")) : text;
  }

  /** Rejects when the browser does not take the offer; it is then as before. */
  async answer(offer: string, wanted: WantedMedia, tracks: LocalTracks): Promise<string> {
    const { connection } = this;
    this.#remember();
    try {
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      await this.#take("audio", wanted.audio, tracks);
      if (wanted.video !== undefined) await this.#take("video", wanted.video, tracks);
      const { sdp = "" } = await connection.createAnswer();
      // What is not wanted is refused in the text: a transceiver that is stopped here is only inactive until the next offer (RFC 8829 §5.3.1).
      const answer = withoutSections(
        sdp,
        unwantedMids(sdp, wanted.video === undefined ? ["audio"] : ["audio", "video"]),
      );
      await connection.setLocalDescription({ type: "answer", sdp: answer });
    } catch (error) {
      await this.rollBack();
      throw descriptionFailed("the offer", error);
    }
    return this.#described();
  }

  async accept(answer: string, type: "pranswer" | "answer"): Promise<void> {
    const { connection } = this;
    // Another dialog's answer to the same offer: the offer once more, since it has been answered already.
    if (this.isStable) await connection.setLocalDescription(await connection.createOffer());
    await connection.setRemoteDescription({ type, sdp: answer });
  }

  /** Never rejects: what cannot be rolled back is closed soon after. */
  async rollBack(): Promise<void> {
    const { connection } = this;
    try {
      if (connection.signalingState === "have-local-offer") await connection.setLocalDescription({ type: "rollback" });
      if (connection.signalingState === "have-remote-offer")
        await connection.setRemoteDescription({ type: "rollback" });
      for (const { transceiver, direction } of this.#before) {
        if (transceiver.direction !== "stopped") transceiver.direction = direction;
      }
    } catch {
      // Closed meanwhile.
    }
  }

  /** In place of what is sent of this kind; no new description is needed for that. */
  async send(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    const transceiver = this.isClosed ? undefined : this.transceiver(kind);
    if (transceiver !== undefined && transceiver.sender.track !== track) await transceiver.sender.replaceTrack(track);
  }

  /** What comes in of this kind; `undefined` while nothing may. */
  heard(kind: Kind): MediaStreamTrack | undefined {
    const transceiver = this.isClosed ? undefined : this.transceiver(kind);
    if (transceiver === undefined) return undefined;
    const { localDescription, remoteDescription } = this.connection;
    if (localDescription === null || remoteDescription === null) return undefined;
    const direction = agreedBetween(localDescription.sdp, remoteDescription.sdp)[kind]?.direction;
    return direction !== undefined && receives(direction) ? transceiver.receiver.track : undefined;
  }

  close(): void {
    this.connection.close();
  }

  async #want(kind: Kind, direction: Direction, tracks: LocalTracks): Promise<void> {
    const transceiver = this.transceiver(kind);
    if (transceiver === undefined) {
      this.connection.addTransceiver(tracks[kind] ?? kind, { direction, streams: [tracks.stream] });
      return;
    }
    transceiver.direction = direction;
    await transceiver.sender.replaceTrack(tracks[kind]);
  }

  /** Takes the first section of a kind. */
  async #take(kind: Kind, direction: Direction, tracks: LocalTracks): Promise<void> {
    const transceiver = this.transceiver(kind);
    if (transceiver === undefined) return;
    transceiver.direction = direction;
    transceiver.sender.setStreams?.(tracks.stream);
    if (sends(direction)) await transceiver.sender.replaceTrack(tracks[kind]);
  }

  #remember(): void {
    this.#before = this.connection.getTransceivers().flatMap((transceiver) => {
      const { direction } = transceiver;
      return direction === "stopped" ? [] : [{ transceiver, direction }];
    });
  }

  async #described(): Promise<string> {
    await gathered(this.connection, this.#options.clock, this.#options.gatherMs);
    return this.connection.localDescription?.sdp ?? "";
  }
}

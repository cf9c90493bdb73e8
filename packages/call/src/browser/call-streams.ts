/** What a page shows and plays of a call: streams that stay the same while their tracks come and go. */

import type { PeerLink } from "./peer-link.ts";
import type { BrowserPlatform } from "./platform.ts";
import type { RemoteSound } from "./remote-sound.ts";

export class CallStreams {
  /** The other side's sound. It is played already, unless `output` says otherwise. */
  readonly remoteAudio: MediaStream;
  /** The other side's picture: for the `srcObject` of a video element. Empty while there is none. */
  readonly remoteVideo: MediaStream;
  /** Our camera. Empty while it is off. */
  readonly localVideo: MediaStream;
  readonly #sound: RemoteSound;

  constructor(platform: BrowserPlatform, sound: RemoteSound) {
    this.remoteAudio = new platform.MediaStream();
    this.remoteVideo = new platform.MediaStream();
    this.localVideo = new platform.MediaStream();
    this.#sound = sound;
  }

  /** @internal What comes now. Returns the track of sound. */
  show(link: PeerLink): MediaStreamTrack | undefined {
    const audio = link.heard("audio");
    hasOnly(this.remoteAudio, audio);
    hasOnly(this.remoteVideo, link.heard("video"));
    if (audio !== undefined) this.#sound.show(this.remoteAudio);
    return audio;
  }

  /** @internal */
  showCamera(track: MediaStreamTrack | undefined): void {
    hasOnly(this.localVideo, track);
  }

  /** @internal */
  close(): void {
    for (const stream of [this.remoteAudio, this.remoteVideo, this.localVideo]) hasOnly(stream, undefined);
    this.#sound.close();
  }
}

function hasOnly(stream: MediaStream, track: MediaStreamTrack | undefined): void {
  for (const other of stream.getTracks()) if (other !== track) stream.removeTrack(other);
  if (track !== undefined && !stream.getTracks().includes(track)) stream.addTrack(track);
}

/** What is used of the browser. Tests bring their own. */

import { noDevices } from "./errors.ts";

export interface BrowserPlatform {
  readonly RTCPeerConnection: new (configuration?: RTCConfiguration) => RTCPeerConnection;
  readonly MediaStream: new (tracks?: MediaStreamTrack[]) => MediaStream;
  readonly AudioContext: new (options?: AudioContextOptions) => AudioContext;
  readonly AudioWorkletNode: new (
    context: BaseAudioContext,
    name: string,
    options?: AudioWorkletNodeOptions,
  ) => AudioWorkletNode;
  readonly MediaRecorder: typeof MediaRecorder;
  /** An element that sounds without being on the page. */
  createAudio(): HTMLAudioElement;
  getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream>;
  fetch(url: string): Promise<Response>;
}

/** The page's own; looked up when they are used, so that this can be loaded anywhere. */
export const pagePlatform: BrowserPlatform = {
  get RTCPeerConnection() {
    return globalThis.RTCPeerConnection;
  },
  get MediaStream() {
    return globalThis.MediaStream;
  },
  get AudioContext() {
    return globalThis.AudioContext;
  },
  get AudioWorkletNode() {
    return globalThis.AudioWorkletNode;
  },
  get MediaRecorder() {
    return globalThis.MediaRecorder;
  },
  createAudio: () => new Audio(),
  getUserMedia(constraints) {
    const { mediaDevices } = navigator as { readonly mediaDevices?: MediaDevices };
    if (mediaDevices === undefined) throw noDevices(constraints.audio ? "microphone" : "camera");
    return mediaDevices.getUserMedia(constraints);
  },
  fetch: (url) => globalThis.fetch(url),
};

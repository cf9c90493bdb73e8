/** Counts what a page has open: to be imported before anything that opens it. */

export interface Leftovers {
  readonly connections: number;
  readonly tracks: number;
  readonly contexts: number;
  readonly recorders: number;
  readonly webSockets: number;
  readonly timers: number;
}

const connections = new Set<RTCPeerConnection>();
const tracks = new Set<MediaStreamTrack>();
const contexts = new Set<AudioContext>();
const recorders = new Set<MediaRecorder>();
const webSockets = new Set<WebSocket>();
const timers = new Set<unknown>();

globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    connections.add(this);
  }
};
globalThis.AudioContext = class extends AudioContext {
  constructor(options?: AudioContextOptions) {
    super(options);
    contexts.add(this);
  }
};
globalThis.MediaRecorder = class extends MediaRecorder {
  constructor(stream: MediaStream, options?: MediaRecorderOptions) {
    super(stream, options);
    recorders.add(this);
  }
};
globalThis.WebSocket = class extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    webSockets.add(this);
  }
};

const devices = navigator.mediaDevices;
const getUserMedia = devices.getUserMedia.bind(devices);
devices.getUserMedia = async (constraints) => {
  const stream = await getUserMedia(constraints);
  for (const track of stream.getTracks()) tracks.add(track);
  return stream;
};
const { clone } = MediaStreamTrack.prototype;
MediaStreamTrack.prototype.clone = function (this: MediaStreamTrack): MediaStreamTrack {
  const copy = clone.call(this) as MediaStreamTrack;
  tracks.add(copy);
  return copy;
};

// The page's own measuring waits by these.
export const wait: (ms: number) => Promise<void> = (
  (setTimer) => (ms: number) =>
    new Promise((r) => setTimer(r, ms))
)(globalThis.setTimeout.bind(globalThis)) as (ms: number) => Promise<void>;
/** A context that is not counted: the page's own instruments. */
export const openInstrument: () => AudioContext = (
  (Context) => () =>
    new Context()
)(Object.getPrototypeOf(globalThis.AudioContext) as typeof AudioContext);

const { setTimeout: setTimer, clearTimeout: clearTimer } = globalThis;
Object.assign(globalThis, {
  setTimeout(run: () => void, ms?: number): unknown {
    const timer: unknown = setTimer(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
    return timer;
  },
  clearTimeout(timer: number | undefined): void {
    timers.delete(timer);
    clearTimer(timer);
  },
});

export function leftovers(): Leftovers {
  return {
    connections: [...connections].filter(({ signalingState }) => signalingState !== "closed").length,
    tracks: [...tracks].filter(({ readyState }) => readyState === "live").length,
    contexts: [...contexts].filter(({ state }) => state !== "closed").length,
    recorders: [...recorders].filter(({ state }) => state !== "inactive").length,
    webSockets: [...webSockets].filter(({ readyState }) => readyState < 2).length,
    timers: timers.size,
  };
}

/** The part of `FramePipe` that runs in the browser's audio thread, as the text of a module. Web Audio §1.32. */

export const frameProcessor = "trapezoid-frames";

/**
 * Gathers what is heard into blocks of 20 ms, and plays what is posted to it. In: samples, `flush`, `stop`. Out: `{ heard }`, and
 * `{ waiting }`, how many samples have not been played yet.
 */
export const frameWorkletSource = `
registerProcessor("${frameProcessor}", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = [];
    this.waiting = 0;
    this.at = 0;
    this.on = true;
    this.played = false;
    this.heard = new Float32Array(Math.round(sampleRate / 50));
    this.filled = 0;
    this.port.onmessage = ({ data }) => {
      if (data === "stop") this.on = false;
      else if (data === "flush") {
        this.queue = [];
        this.waiting = 0;
        this.at = 0;
        this.port.postMessage({ waiting: 0 });
      } else {
        this.queue.push(data);
        this.waiting += data.length;
      }
    };
  }
  process(inputs, outputs) {
    const out = outputs[0][0];
    for (let index = 0; index < out.length && this.queue.length > 0; index++) {
      out[index] = this.queue[0][this.at++];
      this.waiting--;
      this.played = true;
      if (this.at < this.queue[0].length) continue;
      this.queue.shift();
      this.at = 0;
    }
    const input = inputs[0][0];
    for (let index = 0; index < out.length; index++) {
      this.heard[this.filled++] = input === undefined ? 0 : input[index];
      if (this.filled < this.heard.length) continue;
      this.port.postMessage({ heard: this.heard }, [this.heard.buffer]);
      this.heard = new Float32Array(Math.round(sampleRate / 50));
      this.filled = 0;
      if (this.played) this.port.postMessage({ waiting: this.waiting });
      this.played = false;
    }
    return this.on;
  }
});
`;

/** Where it can be loaded from: as a blob of its own, unless the page serves it itself. */
export function frameModule(url: string | undefined): { readonly url: string; readonly release: () => void } {
  if (url !== undefined) return { url, release: () => {} };
  const own = URL.createObjectURL(new Blob([frameWorkletSource], { type: "text/javascript" }));
  return { url: own, release: () => URL.revokeObjectURL(own) };
}

/** The words of the columns `udp` and `tcp` of verdicts.tsv, read. */

export interface Expectation {
  /** It comes out again at the next hop; `contact`: with the Request-URI of the binding. */
  readonly forward?: "as it was" | "contact" | "route taken off";
  /** The server's own answer. */
  readonly status?: number;
  /** The server waits for octets that are missing; then all else here holds. */
  readonly waits: boolean;
  /** The server closes the connection. */
  readonly closes: boolean;
}

const forwards: Readonly<Record<string, Expectation["forward"]>> = {
  forward: "as it was",
  "forward to contact": "contact",
  "forward, Route taken off": "route taken off",
};

export function readExpectation(words: string): Expectation {
  const waits = words.startsWith("wait, then ");
  const closes = words.endsWith(", closed");
  const rest = words.replace(/^wait, then /, "").replace(/, closed$/, "");
  const expectation: { forward?: Expectation["forward"]; status?: number } = {};
  for (const part of rest.split(" + ")) {
    if (part === "drop") continue;
    if (/^\d{3}$/.test(part)) expectation.status = Number(part);
    else if (forwards[part] !== undefined) expectation.forward = forwards[part];
    else
      throw new TypeError(
        `verdicts.tsv: expected a status, drop, or ${Object.keys(forwards).join(", ")}, found ${part}`,
      );
  }
  return { ...expectation, waits, closes } as Expectation;
}

/** A scenario: what peers of a server do, step by step, on a network in memory. */

export type Step =
  /** The kind of house, before all else. */
  | { readonly do: "house"; readonly name: string }
  /** A peer sends octets, as one message. */
  | { readonly do: "send"; readonly peer: number; readonly by: "udp" | "tcp"; readonly text: string }
  /** Whoever received the n-th request (counted round) answers it; `change` is the seed of a change to the answer, 0 for none. */
  | { readonly do: "answer"; readonly nth: number; readonly status: number; readonly change: number }
  /** The n-th message sent, again. */
  | { readonly do: "again"; readonly nth: number; readonly times: number }
  /** What may follow the n-th request sent, made from it: its CANCEL, its ACK, a request within its dialog. */
  | {
      readonly do: "follow";
      readonly nth: number;
      readonly method: string;
      readonly times: number;
      readonly change: number;
    }
  /** The n-th request sent, again, with credentials for the challenge that it met. */
  | { readonly do: "login"; readonly nth: number; readonly change: number }
  | { readonly do: "wait"; readonly ms: number }
  /** The machine is suspended for so long: all timers run late. */
  | { readonly do: "sleep"; readonly ms: number }
  /** The server gets another configuration, in the midst of everything. */
  | { readonly do: "configure"; readonly name: string }
  /** The server lets go of everything at once. */
  | { readonly do: "shut" }
  /** A peer's connection ends. */
  | { readonly do: "close"; readonly peer: number }
  /** Nothing reaches a peer any more, or everything again. */
  | { readonly do: "cut" | "mend"; readonly peer: number }
  | { readonly do: "links"; readonly loss: number; readonly twice: number; readonly late: number }
  /** The call that must succeed whatever the others do goes on by one step. */
  | { readonly do: "call" };

/** One a line. */
export function formatSteps(steps: readonly Step[]): string {
  return steps.map((step) => `${JSON.stringify(step)}\n`).join("");
}

export function parseSteps(text: string): Step[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Step);
}

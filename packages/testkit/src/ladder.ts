/** Draws recorded messages as a ladder: a column per host, an arrow per message, time going down. */

export interface Rung {
  /** Milliseconds. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** Did not arrive. */
  readonly lost: boolean;
}

const WIDTH = 22;

/** Columns stand in the order in which the hosts first appear; times count from the first message. */
export function drawLadder(rungs: readonly Rung[]): string {
  const hosts = [...new Set(rungs.flatMap((rung) => [rung.from, rung.to]))];
  const startedAt = rungs[0]?.at ?? 0;
  const lines = [`${" ".repeat(9)}${hosts.map((host) => host.slice(0, WIDTH - 1).padEnd(WIDTH)).join("")}`.trimEnd()];
  for (const rung of rungs) {
    const from = hosts.indexOf(rung.from);
    const to = hosts.indexOf(rung.to);
    const time = `${Math.round(rung.at - startedAt)}`.padStart(7);
    let line = "";
    for (let column = 0; column < hosts.length; column++) {
      line += "|";
      if (column === hosts.length - 1) break;
      const left = Math.min(from, to);
      const right = Math.max(from, to);
      if (column < left || column >= right) line += " ".repeat(WIDTH - 1);
      else if (column > left) continue;
      else {
        const length = (right - left) * WIDTH - 1;
        line += arrow(rung, from < to, length);
        column = right - 1;
      }
    }
    lines.push(`${time}  ${line}${from === to ? ` ${rung.label}` : ""}`.trimEnd());
  }
  return lines.join("\n");
}

function arrow(rung: Rung, rightwards: boolean, length: number): string {
  const text = ` ${rung.label} `.slice(0, length - 3);
  const dashes = length - 1 - text.length;
  const body = "-".repeat(dashes >> 1) + text + "-".repeat(dashes - (dashes >> 1));
  const head = rung.lost ? "x" : rightwards ? ">" : "<";
  return rightwards ? body + head : head + body;
}

/** Draws a ladder: us on the left, everybody we spoke to in a column each, an arrow per message, what it says beside it. */

import { cutToWidth, displayWidth, padToWidth, wrapToWidth } from "../terminal/display-width.ts";
import type { LadderStep } from "./steps.ts";

export interface LadderStyle {
  /** Columns of the terminal. Default 100. */
  readonly width?: number | undefined;
  /** Lines and arrows of Unicode; else ASCII. */
  readonly unicode: boolean;
  /** The name of our column. */
  readonly us: string;
  /** Messages before the first step that are not kept. */
  readonly dropped?: number;
}

interface Pen {
  readonly lane: string;
  readonly line: string;
  readonly again: string;
  readonly right: string;
  readonly left: string;
  readonly mark: string;
}

const unicodePen: Pen = { lane: "│", line: "─", again: "┄", right: "▶", left: "◀", mark: "…" };
const asciiPen: Pen = { lane: "|", line: "-", again: ".", right: ">", left: "<", mark: "~" };

const timeColumns = 10;
/** From one lane to the next. */
const mostWide = 40;
const leastWide = 28;
const narrowestGap = 22;
const leastNotes = 28;

export function drawLadder(steps: readonly LadderStep[], style: LadderStyle): string {
  const pen = style.unicode ? unicodePen : asciiPen;
  const width = Math.max(40, style.width ?? 100);
  const peers = [...new Set(steps.map((step) => step.peer))];
  const labels = Math.max(0, ...steps.map((step) => displayWidth(step.label)));
  const lanes = layOut(peers, width, labels + 6);
  const lines: string[] = [];
  if (style.dropped !== undefined && style.dropped > 0) {
    lines.push(`the first ${style.dropped} messages are not kept`);
  }
  lines.push(cutToWidth(heading(style.us, lanes, pen), width, pen.mark));
  const notesAt = timeColumns + lanes.gap * lanes.names.length + 3;
  const notesWidth = width - notesAt;
  for (const step of steps) {
    const notes = (lanes.isShared ? [step.peer, ...step.notes] : step.notes).join(", ");
    const wrapped = notesWidth >= leastNotes ? wrapToWidth(notes, notesWidth) : [];
    lines.push(`${timeOf(step.at)}${rungOf(step, lanes, pen)}  ${wrapped[0] ?? ""}`.trimEnd());
    const rest = `${" ".repeat(timeColumns)}${emptyLanes(lanes, pen)}  `;
    for (const note of wrapped.slice(1)) lines.push(`${rest}${note}`.trimEnd());
    // Too narrow for a column of their own: below the arrow.
    if (notesWidth < leastNotes) {
      for (const note of wrapToWidth(notes, width - timeColumns - 4)) {
        lines.push(`${" ".repeat(timeColumns)}${pen.lane}   ${note}`);
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

interface Lanes {
  readonly names: readonly string[];
  readonly gap: number;
  /** All peers in one lane, because they do not fit side by side. */
  readonly isShared: boolean;
  indexOf(peer: string): number;
}

/** @param wanted Columns of the longest arrow. */
function layOut(peers: readonly string[], width: number, wanted: number): Lanes {
  const room = width - timeColumns - 3;
  const fits = Math.max(...peers.map(displayWidth), 0) + 2;
  const widest = Math.max(leastWide, Math.min(mostWide, Math.max(fits, wanted)));
  for (const notes of [leastNotes + 20, leastNotes]) {
    const gap = Math.min(widest, Math.floor((room - notes) / Math.max(1, peers.length)));
    if (gap >= narrowestGap) return { names: peers, gap, isShared: false, indexOf: (peer) => peers.indexOf(peer) };
  }
  const names = peers.length === 1 ? peers : [`${peers.length} peers`];
  const gap = Math.max(18, Math.min(widest, room));
  return { names, gap, isShared: peers.length > 1, indexOf: () => 0 };
}

function heading(us: string, lanes: Lanes, pen: Pen): string {
  let text = `${" ".repeat(timeColumns)}${padToWidth(cutToWidth(us, lanes.gap - 2, pen.mark), lanes.gap)}`;
  for (const name of lanes.names) text += padToWidth(cutToWidth(name, lanes.gap - 2, pen.mark), lanes.gap);
  return text.trimEnd();
}

function timeOf(ms: number): string {
  return `${(ms / 1000).toFixed(3).padStart(timeColumns - 2)}  `;
}

function emptyLanes(lanes: Lanes, pen: Pen): string {
  return (pen.lane + " ".repeat(lanes.gap - 1)).repeat(lanes.names.length) + pen.lane;
}

/** The arrow runs from our lane through those between. */
function rungOf(step: LadderStep, lanes: Lanes, pen: Pen): string {
  const to = lanes.indexOf(step.peer) + 1;
  const length = to * lanes.gap - 1;
  const line = step.again ? pen.again : pen.line;
  const label = ` ${cutToWidth(step.label, length - 5, pen.mark)} `;
  const rest = line.repeat(Math.max(0, length - 2 - displayWidth(label)));
  const arrow = step.direction === "sent" ? `${line}${label}${rest}${pen.right}` : `${pen.left}${rest}${label}${line}`;
  const beyond = (" ".repeat(lanes.gap - 1) + pen.lane).repeat(lanes.names.length - to);
  return `${pen.lane}${arrow}${pen.lane}${beyond}`;
}

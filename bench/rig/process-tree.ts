/** CPU and memory of a server as the kernel counts them: every process of its tree, every thread of those. */

import { readdirSync, readFileSync } from "node:fs";

export interface CpuTime {
  /**
   * Milliseconds in user space and in the kernel, of living processes and of children they waited for. The kernel measures the
   * sum; how it divides is sampled at ticks, and wide of the mark for short work that wakes with the clock.
   */
  readonly userMs: number;
  readonly systemMs: number;
}

/** USER_HZ, which Linux fixes at 100 for user space. */
const msPerTick = 10;

/** The process and all its descendants. */
export function treeOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = Number(fieldsOf(Number(entry))?.[1]);
    if (Number.isNaN(parent)) continue;
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found: number[] = [];
  const queue = [pid];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    found.push(next);
    queue.push(...(children.get(next) ?? []));
  }
  return found;
}

/** The sum over the tree now. */
export function cpuOf(pid: number): CpuTime {
  let [user, system] = [0, 0];
  for (const member of treeOf(pid)) {
    const fields = fieldsOf(member);
    if (fields === undefined) continue;
    // proc(5): utime, stime, cutime, cstime are fields 14 to 17; ours begin at 3, after the name.
    user += Number(fields[11]) + Number(fields[13]);
    system += Number(fields[12]) + Number(fields[14]);
  }
  return { userMs: user * msPerTick, systemMs: system * msPerTick };
}

/** What all processors of the machine did but wait, whoever had them do it. */
export function machineBusyMs(): number {
  const [, user, nice, system, , , interrupts, softInterrupts, stolen] = readFileSync("/proc/stat", "utf8").split(
    /\s+/,
    9,
  );
  const ticks = [user, nice, system, interrupts, softInterrupts, stolen].map(Number);
  return ticks.reduce((sum, one) => sum + one, 0) * msPerTick;
}

export function cpuBetween(before: CpuTime, after: CpuTime): CpuTime {
  return { userMs: after.userMs - before.userMs, systemMs: after.systemMs - before.systemMs };
}

/** Resident bytes of the tree, memory that its processes share counted once (PSS). */
export function residentOf(pid: number): number {
  let kilobytes = 0;
  for (const member of treeOf(pid)) {
    try {
      const rollup = readFileSync(`/proc/${member}/smaps_rollup`, "utf8");
      kilobytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
    } catch {}
  }
  return kilobytes * 1024;
}

/** The fields of /proc/PID/stat after the command's name, which may hold spaces: state, parent … */
function fieldsOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

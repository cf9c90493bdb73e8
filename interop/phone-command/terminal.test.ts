/** The phone of the command line on a terminal: the live line, keys, and a terminal that is as before afterwards. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startHouse } from "../rig/house.ts";
import { asUser, startPhoneCommand } from "../rig/phone-command.ts";
import { missing } from "../rig/programs.ts";
import { openTerminal } from "../rig/pseudo-terminal.ts";
import { makeTempFolder } from "../rig/temp-folder.ts";
import type { Trapezoid } from "../rig/trapezoid.ts";
import { pause } from "../rig/wait.ts";

/** As it is typed at the shell. What the shell is to print stands in pieces, so that its echo is not taken for it. */
function typed(server: Trapezoid, command: string, user: string): string {
  return `$T ${command} ${asUser(server, user).join(" ")}`;
}

describe("on a terminal", { skip: missing("tmux") }, () => {
  test("the live line follows the call, keys act on it, and the terminal is as before", async () => {
    await using server = await startHouse({ users: ["cli", "echo"] });
    await using folder = await makeTempFolder("phone-command");
    await using echo = startPhoneCommand(folder, ["register", ...asUser(server, "echo"), "--answer", "--echo"]);
    await echo.waitFor(/^registered echo@/m);
    await using terminal = await openTerminal();
    await terminal.runs("stty -g > before");
    await terminal.runs(`${typed(server, "call echo --ladder", "cli")}; stty -g | diff before - && echo SA''ME`);
    await terminal.shows(
      /^● talking to echo@\S+ 0:0[1-9] · opus · encrypted by SDES · MOS 4\.\d (excellent|good) · loss/,
    );

    await terminal.presses("h");
    await terminal.shows(/^echo@\S+ is on hold; h takes them back$/);
    await terminal.shows(/^● talking to \S+ \S+ · on hold · opus/);
    await echo.waitFor(/cli@\S+ has put the call on hold/);
    await terminal.presses("h");
    await terminal.shows(/^back with echo@/);
    await terminal.presses("5");
    await echo.waitFor(/cli@\S+ pressed 5/);
    await terminal.presses("m");
    await terminal.shows(/^● talking to \S+ \S+ · muted · opus/);
    await terminal.presses("?");
    await terminal.shows(/^ {2}Ctrl-C +hang up and end; a second one ends at once$/);

    // One live line, wherever the edge of the terminal is.
    await terminal.resize(60, 40);
    await terminal.shows(/^● talking to \S+ \d:\d\d · muted/);
    const live = (await terminal.screen()).filter((line) => line.startsWith("●"));
    assert.equal(live.length, 1, live.join("\n"));
    await terminal.resize(110, 40);

    await terminal.presses("q");
    await terminal.shows(/^SAME$/);
    const lines = await terminal.screen();
    assert.ok(
      lines.some((line) => /│─ BYE ─+▶│/.test(line)),
      lines.join("\n"),
    );
    assert.ok(!lines.some((line) => line.startsWith("●")), "nothing of the live line is left");
    await echo.waitFor(/cli@\S+ hung up after/);
  });

  test("a call rings at a phone that is registered, a answers it, Ctrl-C ends both", async () => {
    await using server = await startHouse({ users: ["cli", "caller"] });
    await using folder = await makeTempFolder("phone-command");
    await using terminal = await openTerminal();
    await terminal.runs("stty -g > before");
    await terminal.runs(`${typed(server, "register", "cli")}; stty -g | diff before - && echo SA''ME`);
    await terminal.shows(/^cli@\S+ is registered; calls ring; c calls somebody, Ctrl-C ends it$/);
    await using caller = startPhoneCommand(folder, ["call", "cli", ...asUser(server, "caller")]);
    await terminal.shows(/^caller@\S+ calls; a answers, q declines$/);
    await terminal.presses("a");
    await terminal.shows(/^● talking to caller@/);
    await terminal.presses("C-c");
    await terminal.shows(/^SAME$/);
    await terminal.shows(/^unregistered cli@/);
    assert.equal(await caller.exited, 0, caller.output);
    assert.match(caller.stdout, /cli@\S+ hung up after/);
  });

  test("T speaks to somebody else first, T again joins the two", async () => {
    await using server = await startHouse({ users: ["cli", "echo", "other"] });
    await using folder = await makeTempFolder("phone-command");
    const answers = (user: string): readonly string[] => [
      "register",
      ...asUser(server, user),
      "--answer",
      "--follow-transfers",
    ];
    await using echo = startPhoneCommand(folder, [...answers("echo"), "--echo"]);
    await using other = startPhoneCommand(folder, answers("other"));
    await Promise.all([echo.waitFor(/^registered/m), other.waitFor(/^registered/m)]);
    await using terminal = await openTerminal();
    await terminal.runs(typed(server, "call echo", "cli"));
    await terminal.shows(/^● talking to echo@/);
    await terminal.presses("T");
    await terminal.shows(/^whom to speak to before echo@\S+ is transferred: $|^whom to speak to before/);
    await terminal.presses("o", "t", "h", "e", "r", "Enter");
    await terminal.shows(/^● talking to other@/);
    await terminal.presses("T");
    await terminal.shows(/^echo@\S+ and other@\S+ talk to each other$/);
    await other.waitFor(/cli@\S+ (?:hung up|is now)|the call with cli@\S+ ended: another call took its place/);
  });

  test("the second Ctrl-C ends at once, and the terminal is as before", async () => {
    await using folder = await makeTempFolder("phone-command");
    await using terminal = await openTerminal();
    await terminal.runs("stty -g > before");
    await using silent = startPhoneCommand(folder, ["call", "--answer", "--listen", "udp://127.0.0.1:0"]);
    const [, uri] = await silent.waitFor(/waiting for a call to (\S+)/);
    await terminal.runs(`$T call ${uri}; stty -g | diff before - && echo SA''ME`);
    await terminal.shows(/^● talking to/);
    // Nobody is there to answer the BYE.
    silent.kill("SIGSTOP");
    await terminal.presses("C-c");
    await terminal.shows(/^● hanging up on/);
    await terminal.presses("C-c");
    await terminal.shows(/^SAME$/, 10_000);
    silent.kill("SIGCONT");
  });

  test("who is called and gives no answer to anything keeps nobody from ending", async () => {
    await using folder = await makeTempFolder("phone-command");
    await using silent = startPhoneCommand(folder, [
      ...["call", "--answer", "--answer-after", "1000", "--listen", "udp://127.0.0.1:0"],
    ]);
    const [, uri] = await silent.waitFor(/waiting for a call to (\S+)/);
    await using us = startPhoneCommand(folder, ["call", uri!]);
    await us.waitFor(/ringing \(180 Ringing\)/);
    silent.kill("SIGSTOP");
    us.kill("SIGINT");
    // Timers of SIP would go on for half a minute.
    const ended = await Promise.race([us.exited, pause(15_000)]);
    silent.kill("SIGCONT");
    assert.equal(ended, 1, us.output);
    assert.match(us.output, /was given up before it was answered/);
  });

  test("when the terminal goes away the call is hung up", async () => {
    await using folder = await makeTempFolder("phone-command");
    await using echo = startPhoneCommand(folder, ["call", "--answer", "--echo", "--listen", "udp://127.0.0.1:0"]);
    const [, uri] = await echo.waitFor(/waiting for a call to (\S+)/);
    {
      await using terminal = await openTerminal();
      await terminal.runs(`$T call ${uri}`);
      await terminal.shows(/^● talking to/);
    }
    await echo.waitFor(/hung up after/);
    assert.equal(await echo.exited, 0, echo.output);
  });

  test("without UTF-8 ladders and live lines are ASCII", async () => {
    await using folder = await makeTempFolder("phone-command");
    await using echo = startPhoneCommand(folder, ["call", "--answer", "--echo", "--listen", "udp://127.0.0.1:0"]);
    const [, uri] = await echo.waitFor(/waiting for a call to (\S+)/);
    await using terminal = await openTerminal({ locale: "C" });
    await terminal.runs(`$T call ${uri} --ladder --hangup-after 3; echo DO''NE`);
    await terminal.shows(/^\* talking to \S+ \d:\d\d \| opus/);
    await terminal.shows(/^DONE$/);
    await terminal.shows(/\|- INVITE -+>\|/);
  });
});

/** What each key does in a call. */

import type { IncomingCall } from "@trapezoid/call";
import type { Key } from "../terminal/terminal.ts";
import type { CallDesk } from "./desk.ts";
import type { LiveCall } from "./live-call.ts";
import { statisticsWords } from "./statistics-words.ts";
import { callSomebody, transferAttended, transferBlind } from "./transfers.ts";

export interface BoundKey {
  readonly keys: readonly Key[];
  /** Shown in place of the keys. */
  readonly shown?: string;
  readonly help: string;
  /** Whether it is about a call; `true` where it is not said. */
  readonly needsCall?: boolean;
  press(desk: CallDesk, live: LiveCall, key: Key): void | Promise<void>;
}

export const keyBindings: readonly BoundKey[] = [
  {
    keys: ["a"],
    help: "answer",
    press: (desk, { call, remote }) => {
      if (!isWaiting(call)) desk.say(`the call with ${remote} is answered already`);
      else desk.run((call as IncomingCall).answer());
    },
  },
  { keys: ["c"], help: "call somebody, while there is no call", needsCall: false, press: callSomebody },
  {
    keys: ["h"],
    help: "hold, and back",
    press: async (desk, live) => {
      const { call, remote } = live;
      if (call.held.byUs) {
        await call.resume();
        // Resuming lets both sides be heard.
        if (live.isMuted) await call.mute(true);
      } else await call.hold();
      desk.say(call.held.byUs ? `${remote} is on hold; h takes them back` : `back with ${remote}`);
    },
  },
  {
    keys: ["m"],
    help: "mute, and back",
    press: async (desk, live) => {
      await live.call.mute(!live.isMuted);
      live.isMuted = !live.isMuted;
      desk.say(live.isMuted ? `muted: ${live.remote} hears nothing; m again ends it` : `${live.remote} hears again`);
    },
  },
  { keys: ["t"], help: "transfer: sends them to somebody else", press: transferBlind },
  { keys: ["T"], help: "attended transfer: speak to somebody else first, then join them", press: transferAttended },
  {
    keys: [..."0123456789*#ABCD"],
    shown: "0-9 * #",
    help: "press that key",
    press: async (desk, { call }, key) => {
      await call.sendDigits(key);
      desk.say(`pressed ${key}`);
    },
  },
  {
    keys: ["v"],
    help: "video on and off",
    press: async (desk, { call }) => {
      const isOn = call.media?.video !== undefined;
      await call.setVideo(!isOn);
      desk.say(isOn ? "video is off" : "video is on");
    },
  },
  {
    keys: ["z"],
    help: "say whether the words of ZRTP are the same on both sides",
    press: async (desk, { call, remote }) => {
      const { security } = call;
      if (security === undefined) {
        desk.say("the call is not encrypted by ZRTP; begin one with --zrtp");
        return;
      }
      const answer = await desk.ask(`does ${remote} read "${security.sas}", too? y or n: `);
      if (answer === undefined) return;
      const matches = /^y/i.test(answer);
      await call.verifySas(matches);
      desk.say(
        matches ? `${remote} is known from now on` : `somebody may listen: hang up, and call ${remote} by another way`,
      );
    },
  },
  {
    keys: ["s"],
    help: "statistics",
    press: async (desk, live) => {
      await live.measure();
      if (live.statistics === undefined) desk.say("nothing is measured yet");
      else desk.say(statisticsWords(live.statistics).join("\n"));
    },
  },
  {
    keys: ["q"],
    help: "hang up; without a call, end the phone",
    needsCall: false,
    press: (desk, live: LiveCall | undefined) => {
      if (live === undefined) desk.phone.interrupt();
      else void live.call.hangUp(isWaiting(live.call) ? { status: 603 } : {});
    },
  },
  { keys: ["?"], help: "this help", needsCall: false, press: (desk) => desk.say(keyHelp()) },
];

function isWaiting({ direction, state }: LiveCall["call"]): boolean {
  return direction === "incoming" && (state === "calling" || state === "ringing");
}

export function keyHelp(): string {
  const rows = keyBindings.map(({ keys, shown, help }) => ({ name: shown ?? keys.join(" "), help }));
  const width = Math.max(...rows.map(({ name }) => name.length), "Ctrl-C".length);
  const lines = [...rows, { name: "Ctrl-C", help: "hang up and end; a second one ends at once" }];
  return lines.map(({ name, help }) => `  ${name.padEnd(width)}  ${help}`).join("\n");
}

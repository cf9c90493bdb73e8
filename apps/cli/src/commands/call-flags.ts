/** What the commands take that talk: what is played, recorded, pressed, and how media are agreed on. */

import type { DigitMethod } from "@trapezoid/call";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { AnsweringOptions } from "../phone/answering.ts";
import type { Activities } from "../phone/call/activities.ts";
import type { MediaChoices } from "../phone/settings.ts";
import { notEmpty, sharedFlags } from "./data-option.ts";
import { collect, parseSeconds } from "./phone-flags.ts";

export interface CallFlags {
  readonly answer?: boolean;
  readonly answerAfter?: number;
  readonly play?: string;
  readonly loop?: boolean;
  readonly record?: string;
  readonly dual?: boolean;
  readonly echo?: boolean;
  readonly digits?: string;
  readonly digitsBy: DigitMethod | "auto";
  readonly hangupAfter?: number | "done";
  readonly video?: boolean;
  readonly codec?: readonly string[];
  readonly srtp?: "off" | "offer" | "required";
  readonly zrtp?: boolean;
  readonly zrtpRequired?: boolean;
  readonly mediaAddress?: string;
  readonly mediaPorts?: readonly [from: number, to: number];
  readonly advertise?: string;
  readonly followTransfers?: boolean;
  readonly expires?: number;
}

export function addCallOptions(command: Command): Command {
  return command
    .optionsGroup("In the call:")
    .option("--answer-after <seconds>", "ring so long before answering (default: not at all)", parseSeconds)
    .option("--play <file>", "what the other side hears: a WAV or Ogg Opus file (default: silence)", notEmpty)
    .option("--loop", "play the file again and again")
    .option("--record <file>", "write what is said to a WAV file", notEmpty)
    .option("--dual", "record in stereo: us left, them right")
    .option("--echo", "send back what is heard")
    .option("--digits <digits>", "press these once the call is answered: 123#, a comma waits a second", parseDigits)
    .addOption(
      new Option("--digits-by <way>", "how digits are sent: events where the other side takes them, else tones")
        .choices(["auto", "event", "tones", "info"])
        .default("auto"),
    )
    .option(
      "--hangup-after <seconds>",
      "hang up so long after the answer; done: once all is played and pressed",
      parseHangup,
    )
    .optionsGroup("Media:")
    .option("--codec <names>", "codecs to use, the best first, by commas: opus,G722,PCMA,PCMU,L16", collect)
    .addOption(
      new Option("--srtp <how>", "encrypt media by SDES keys (default: offer)").choices(["off", "offer", "required"]),
    )
    .option("--zrtp", "encrypt media end to end by ZRTP, where the other side speaks it")
    .option("--zrtp-required", "nothing is said in clear: without ZRTP the call is ended")
    .option("--video", "with video, too")
    .option("--media-address <address>", "own address for media (default: the one that leads there)", notEmpty)
    .option("--media-ports <from-to>", "own ports for media", parsePorts)
    .option("--advertise <address>", "address that others should see: the outer one of a NAT", notEmpty)
    .option("--follow-transfers", "call whomever the other side sends us to (default: refuse)");
}

/** @param command For mistakes. */
export function activitiesOf(flags: CallFlags, command: Command): Activities {
  if (flags.echo && flags.play !== undefined) command.error("--echo or --play, not both");
  if (flags.loop && flags.play === undefined) command.error("--loop needs --play FILE");
  if (flags.dual && flags.record === undefined) command.error("--dual needs --record FILE");
  return {
    play: flags.play,
    loop: flags.loop ?? false,
    record: flags.record,
    dual: flags.dual ?? false,
    echo: flags.echo ?? false,
    digits: flags.digits,
    digitsBy: flags.digitsBy,
    hangUpAfter: flags.hangupAfter,
  };
}

export function answeringOf(flags: CallFlags, answers: boolean, command: Command): AnsweringOptions {
  return {
    answers,
    ringSeconds: flags.answerAfter ?? 0,
    video: flags.video ?? false,
    activities: activitiesOf(flags, command),
  };
}

export function mediaChoicesOf(flags: CallFlags, command: Command): MediaChoices {
  return {
    codecs: flags.codec,
    srtp: flags.srtp,
    zrtp: flags.zrtpRequired ? "required" : (flags.zrtp ?? false),
    dataFolder: sharedFlags(command).data,
    address: flags.mediaAddress,
    advertise: flags.advertise,
    ports: flags.mediaPorts,
    followTransfers: flags.followTransfers ?? false,
  };
}

function parseDigits(text: string): string {
  if (!/^[0-9*#A-Da-d,!]+$/.test(text))
    throw new InvalidArgumentError("expected digits 0 to 9, *, #, A to D, and commas");
  return text.toUpperCase();
}

function parseHangup(text: string): number | "done" {
  return text === "done" ? "done" : parseSeconds(text);
}

function parsePorts(text: string): readonly [number, number] {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const [from, to] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || from < 1 || to > 65_535 || from >= to)
    throw new InvalidArgumentError("expected ports, 40000-40099");
  return [from, to];
}

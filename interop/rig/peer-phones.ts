/** The two phones that our calls are tried with, by name. */

import { startBaresip } from "./baresip.ts";
import { startLinphone } from "./linphone.ts";
import type { LinphoneChoice } from "./linphone-settings.ts";
import type { Phone, SoloOptions } from "./phone.ts";
import { missing } from "./programs.ts";
import { summary } from "./sip-trace.ts";

export type PhoneName = "baresip" | "Linphone";
export const phoneNames: readonly PhoneName[] = ["baresip", "Linphone"];

/** For `skip`. */
export const missingPhones: string | false = missing("baresip", "linphonec");

/** What it says when it speaks. */
export const phoneHz = 440;

export type PhoneWishes = Partial<SoloOptions> & LinphoneChoice;

/** A phone of its own, without a registrar: whoever knows its address calls it. It speaks 440 Hz unless told otherwise. */
export function startPhone(name: PhoneName, wishes: PhoneWishes = {}): Promise<Phone> {
  const options = { user: name.toLowerCase(), toneHz: phoneHz, ...wishes };
  return name === "baresip" ? startBaresip(options) : startLinphone(options);
}

/** Tells what the phone saw, when `work` fails. */
export async function telling<T>(phone: Phone, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const trace = summary(phone.messages()).join("\n  ");
    throw new Error(`${(error as Error).message}\n${phone.address} saw:\n  ${trace}`, { cause: error });
  }
}

/** The phone of this process, for a command that was typed. */

import { isSipUri, type Uri } from "@trapezoid/sip/message";
import type { PhoneIntent } from "../commands/phone-flags.ts";
import { nodeHost } from "./node-host.ts";
import type { Phone } from "./phone.ts";
import { listenersFor, type MediaChoices, mediaSettings } from "./settings.ts";
import { type Summary, withPhone } from "./with-phone.ts";

export interface PhonePurpose {
  /** Where its first request goes, unless there is a proxy. */
  readonly towards: Uri | undefined;
  readonly media?: MediaChoices;
}

export async function usePhone(
  command: string,
  intent: PhoneIntent,
  { towards, media }: PhonePurpose,
  work: (phone: Phone) => Promise<Summary>,
): Promise<void> {
  const { settings, as, proxy, json, ladder, ascii } = intent;
  const hop = proxy ?? towards;
  const listen = settings.listen ?? (hop !== undefined && isSipUri(hop) ? listenersFor(hop.host) : undefined);
  await withPhone(
    nodeHost({ ascii }),
    {
      command,
      as,
      json,
      ladder,
      settings: {
        ...settings,
        ...(listen === undefined ? {} : { listen }),
        ...(media === undefined ? {} : mediaSettings(media, as)),
      },
    },
    work,
  );
}

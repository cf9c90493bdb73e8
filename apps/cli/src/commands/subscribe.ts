/** `trapezoid subscribe`: watches somebody. */

import { Command, InvalidArgumentError } from "commander";
import { notEmpty } from "./data-option.ts";
import { addPhoneOptions, collect, type PhoneFlags, parseCount, parseSeconds, phoneIntent } from "./phone-flags.ts";

interface SubscribeFlags extends PhoneFlags {
  readonly event: string;
  readonly accept?: readonly string[];
  readonly expires?: number;
  readonly count?: number;
}

const examples = `
Examples:
  trapezoid subscribe bob@example.com --event presence --as alice@example.com --password-env ALICE
      says whenever bob can be reached, and no longer
  trapezoid subscribe alice@example.com --event message-summary --expires 0 --as alice@example.com --password-env ALICE
      how many voicemails wait, asked once
  trapezoid subscribe 200@pbx.example.com --event dialog --count 5 --json
      the next five changes of what line 200 is doing, as JSON
`;

export function subscribeCommand(): Command {
  const command = new Command("subscribe")
    .description("Watch somebody, and say what each notification means.")
    .argument("<uri>", "bob@example.com; bob, in the domain of --as")
    .requiredOption("--event <package>", "what is watched: presence, dialog, message-summary, reg …", notEmpty)
    .option("--accept <types>", "media types that notifications may have, by commas (default: by the event)", collect)
    .option("--expires <seconds>", "how long a subscription is to last (default: 3600); 0 asks once", parseExpires)
    .option("--count <n>", "end after so many notifications", parseCount);
  return addPhoneOptions(command, "watch so long; also how long the first notification may take")
    .addHelpText("after", examples)
    .action(subscribe);
}

async function subscribe(uri: string, flags: SubscribeFlags, command: Command): Promise<void> {
  const intent = await phoneIntent(flags, command);
  const [{ runSubscribe }, { usePhone }, { targetUri }] = await Promise.all([
    import("../phone/run-subscribe.ts"),
    import("../phone/use-phone.ts"),
    import("../phone/addresses.ts"),
  ]);
  const target = targetUri(uri, { as: intent.as });
  if (!target.ok) command.error(target.error.message);
  await usePhone("subscribe", intent, { towards: target.value }, (phone) =>
    runSubscribe(phone, {
      target: target.value,
      event: flags.event,
      accept: flags.accept,
      expiresSeconds: flags.expires,
      count: flags.count,
      timeoutSeconds: intent.timeoutSeconds,
    }),
  );
}

function parseExpires(text: string): number {
  if (text === "0") return 0;
  const seconds = parseSeconds(text);
  if (!Number.isInteger(seconds)) throw new InvalidArgumentError("expected whole seconds");
  return seconds;
}

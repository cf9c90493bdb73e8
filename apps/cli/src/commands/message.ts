/** `trapezoid message`: sends a text. */

import { Command } from "commander";
import { notEmpty } from "./data-option.ts";
import { addPhoneOptions, type PhoneFlags, phoneIntent } from "./phone-flags.ts";

interface MessageFlags extends PhoneFlags {
  readonly type?: string;
}

const examples = `
Examples:
  trapezoid message bob@example.com "on my way" --as alice@example.com --password-env ALICE
  date | trapezoid message bob@192.0.2.7 - --timeout 5
      a dash: the text is read from standard input
`;

export function messageCommand(): Command {
  const command = new Command("message")
    .description("Send a text, and say whether it was delivered.")
    .argument("<uri>", "bob@example.com; bob, in the domain of --as")
    .argument("<text>", "the text; - reads it from standard input")
    .option("--type <media type>", "what the text is (default: text/plain)", notEmpty);
  return addPhoneOptions(command, "how long the answer may take (default: 32)")
    .addHelpText("after", examples)
    .action(message);
}

async function message(uri: string, given: string, flags: MessageFlags, command: Command): Promise<void> {
  if (given === "-" && flags.passwordStdin) command.error("standard input holds the text or the password, not both");
  const intent = await phoneIntent(flags, command);
  const [{ runMessage }, { usePhone }, { targetUri }] = await Promise.all([
    import("../phone/run-requests.ts"),
    import("../phone/use-phone.ts"),
    import("../phone/addresses.ts"),
  ]);
  const target = targetUri(uri, { as: intent.as });
  if (!target.ok) command.error(target.error.message);
  const text = given === "-" ? await (await import("node:stream/consumers")).text(process.stdin) : given;
  await usePhone("message", intent, { towards: target.value }, (phone) =>
    runMessage(phone, {
      target: target.value,
      text,
      contentType: flags.type,
      timeoutSeconds: intent.timeoutSeconds,
    }),
  );
}

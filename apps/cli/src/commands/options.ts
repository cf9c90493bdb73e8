/** `trapezoid options`: asks what the other side can do. */

import { Command } from "commander";
import { addPhoneOptions, type PhoneFlags, phoneIntent } from "./phone-flags.ts";

const examples = `
Examples:
  trapezoid options 127.0.0.1
      is a SIP server there, how fast does it answer, what does it support?
  trapezoid options bob@example.com --as alice@example.com --password-env ALICE
      what bob's phone can do
  trapezoid options pbx.example.com --transport tls --ladder
`;

export function optionsCommand(): Command {
  const command = new Command("options")
    .description("Ask a server or a phone what it can do, and explain the answer.")
    .argument("<uri>", "pbx.example.com, 192.0.2.7:5060, bob@example.com");
  return addPhoneOptions(command, "how long the answer may take (default: 32)")
    .addHelpText("after", examples)
    .action(options);
}

async function options(uri: string, flags: PhoneFlags, command: Command): Promise<void> {
  const intent = await phoneIntent(flags, command);
  const [{ runOptions }, { usePhone }, { targetUri }] = await Promise.all([
    import("../phone/run-requests.ts"),
    import("../phone/use-phone.ts"),
    import("../phone/addresses.ts"),
  ]);
  const target = targetUri(uri, { as: intent.as, hostsFirst: true });
  if (!target.ok) command.error(target.error.message);
  await usePhone("options", intent, { towards: target.value }, (phone) =>
    runOptions(phone, { target: target.value, timeoutSeconds: intent.timeoutSeconds }),
  );
}

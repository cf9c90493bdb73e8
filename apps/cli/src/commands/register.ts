/** `trapezoid register`: registers a phone and stays registered; with `--answer` it takes calls. */

import { Command } from "commander";
import { addCallOptions, answeringOf, type CallFlags, mediaChoicesOf } from "./call-flags.ts";
import { addPhoneOptions, type PhoneFlags, parseSeconds, phoneIntent } from "./phone-flags.ts";

interface RegisterFlags extends PhoneFlags, CallFlags {
  readonly once?: boolean;
}

const examples = `
Examples:
  ALICE=secret trapezoid register --as alice@127.0.0.1 --password-env ALICE
      stays registered until Ctrl-C; calls ring, and a key answers them
  trapezoid register --as alice@example.com --password-env ALICE --once
      says whether the password is right and the registrar can be reached
  trapezoid register --as alice@example.com --password-env ALICE --answer --play hello.wav --record said.wav
      an answering machine; further calls are recorded to said-2.wav, said-3.wav …
  trapezoid register --as echo@example.com --password-env ECHO --answer --echo
      whoever calls hears themselves
`;

export function registerCommand(): Command {
  const command = new Command("register")
    .description("Be a phone: register, and be called until Ctrl-C.")
    .option("--once", "end as soon as it is registered")
    .option("--expires <seconds>", "how long a registration is to last (default: 600)", parseSeconds)
    .option("--answer", "answer calls by itself");
  addCallOptions(command);
  return addPhoneOptions(command, "stay so long; also how long the first answer may take")
    .addHelpText("after", examples)
    .action(register);
}

async function register(flags: RegisterFlags, command: Command): Promise<void> {
  if (flags.as === undefined) command.error("who is to be registered? say it with --as alice@example.com");
  const answering = answeringOf(flags, flags.answer ?? false, command);
  if (flags.once && flags.answer) command.error("--once or --answer, not both");
  const intent = await phoneIntent(flags, command);
  const as = intent.as!;
  const [{ runRegister }, { usePhone }] = await Promise.all([
    import("../phone/run-register.ts"),
    import("../phone/use-phone.ts"),
  ]);
  await usePhone("register", intent, { towards: as.uri, media: mediaChoicesOf(flags, command) }, (phone) =>
    runRegister(phone, {
      as,
      expiresSeconds: flags.expires,
      once: flags.once ?? false,
      timeoutSeconds: intent.timeoutSeconds,
      answering,
    }),
  );
}

/** `trapezoid call`: makes a call, or waits for one. */

import { Command } from "commander";
import { activitiesOf, addCallOptions, answeringOf, type CallFlags, mediaChoicesOf } from "./call-flags.ts";
import { addPhoneOptions, type PhoneFlags, parseSeconds, phoneIntent } from "./phone-flags.ts";

type Flags = PhoneFlags & CallFlags;

const examples = `
Examples:
  trapezoid call bob@127.0.0.1 --as alice@127.0.0.1 --password-env ALICE --ladder
      calls, shows how the call is while it lasts, and afterwards every message of it
  trapezoid call 192.0.2.7 --play hello.wav --record said.wav --hangup-after done
      plays a file to a phone without any server, records what it says, hangs up at the end of the file
  trapezoid call +12015550123 --as alice@example.com --password-env ALICE --digits ,,1,4711#
      waits two seconds for the menu, presses 1, waits again, presses 4711#
  trapezoid call --answer --echo --listen udp://127.0.0.1:5070
      waits for a call, without any server: trapezoid call 127.0.0.1:5070

Keys while it lasts: h hold, m mute, t transfer, T attended transfer, 0-9 * # digits, v video, s statistics, q hang up, ? help.
Exit code 0: it was answered and ended properly; 1: it was not, and one line says why.
`;

export function callCommand(): Command {
  const command = new Command("call")
    .description("Call somebody, or with --answer wait for one call.")
    .argument("[uri]", "bob@example.com, sip:bob@192.0.2.7:5060, 192.0.2.7; bob or a number, in the domain of --as")
    .option("--answer", "wait for a call instead of making one; with --as it is registered meanwhile")
    .option("--expires <seconds>", "with --answer: how long a registration is to last", parseSeconds);
  addCallOptions(command);
  return addPhoneOptions(command, "ring so long at most (default: 180); with --answer, wait so long for a call")
    .addHelpText("after", examples)
    .action(call);
}

async function call(text: string | undefined, flags: Flags, command: Command): Promise<void> {
  if (flags.answer && text !== undefined) command.error("--answer waits for a call: leave out whom to call");
  if (!flags.answer && text === undefined) command.error("whom to call? trapezoid call bob@example.com");
  const answering = answeringOf(flags, true, command);
  const intent = await phoneIntent(flags, command);
  const { as, timeoutSeconds } = intent;
  const [{ runCall, runAwait }, { usePhone }, { targetUri }] = await Promise.all([
    import("../phone/run-call.ts"),
    import("../phone/use-phone.ts"),
    import("../phone/addresses.ts"),
  ]);
  const media = mediaChoicesOf(flags, command);
  if (text === undefined) {
    await usePhone("call", intent, { towards: as?.uri, media }, (phone) =>
      runAwait(phone, { as, expiresSeconds: flags.expires, timeoutSeconds, answering }),
    );
    return;
  }
  const target = targetUri(text, { as });
  if (!target.ok) command.error(target.error.message);
  await usePhone("call", intent, { towards: target.value, media }, (phone) =>
    runCall(phone, {
      target: target.value,
      timeoutSeconds,
      video: flags.video ?? false,
      activities: activitiesOf(flags, command),
    }),
  );
}

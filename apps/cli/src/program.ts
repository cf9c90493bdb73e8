/** The commands and what is common to them. */

import { createRequire } from "node:module";
import { Command } from "commander";
import { bansCommand } from "./commands/bans.ts";
import { callCommand } from "./commands/call.ts";
import { dataOption, jsonOption } from "./commands/data-option.ts";
import { messageCommand } from "./commands/message.ts";
import { optionsCommand } from "./commands/options.ts";
import { registerCommand } from "./commands/register.ts";
import { registrationsCommand } from "./commands/registrations.ts";
import { startCommand } from "./commands/start.ts";
import { subscribeCommand } from "./commands/subscribe.ts";
import { userCommand } from "./commands/user.ts";

const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };

/** Wrong usage is told to `complain`. */
export function createProgram(complain: (line: string) => void): Command {
  const program = new Command("trapezoid")
    .description("A SIP platform in one program: registrar, proxy, programmable routing, and a phone in the terminal.")
    .version(version, "-v, --version")
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText("after", introduction);
  for (const [heading, commands] of groups()) {
    program.commandsGroup(heading);
    for (const command of commands) program.addCommand(command);
  }
  oneLineErrors(program, "trapezoid", complain);
  return program;
}

function groups(): readonly (readonly [heading: string, commands: readonly Command[]])[] {
  return [
    ["The server:", [startCommand(), userCommand(), registrationsCommand(), bansCommand()]],
    ["The phone:", [registerCommand(), callCommand(), messageCommand(), subscribeCommand(), optionsCommand()]],
  ];
}

const introduction = `
Begin with:
  trapezoid start                                    the server; it prints a first account and its password
  trapezoid register --as alice@127.0.0.1 --password-env ALICE        a phone of that account
  trapezoid call bob@127.0.0.1 --as alice@127.0.0.1 --password-env ALICE --ladder
"trapezoid COMMAND --help" says what a command takes, with examples.
`;

/** Wrong usage is one line on standard error and an exception, never an exit in the middle of the program. */
function oneLineErrors(command: Command, name: string, complain: (line: string) => void): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      outputError: (text) => {
        const line = text
          .replace(/^error: /, "")
          .trim()
          .replace(/\.$/, "")
          .replace(/\s*\n\s*/g, " ");
        complain(`trapezoid: ${line}; see ${name} --help\n`);
      },
    });
  for (const child of command.commands) oneLineErrors(child, `${name} ${child.name()}`, complain);
}

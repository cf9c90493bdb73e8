/** The commands and what is common to them. */

import { createRequire } from "node:module";
import { Command } from "commander";
import { bansCommand } from "./commands/bans.ts";
import { dataOption, jsonOption } from "./commands/data-option.ts";
import { registrationsCommand } from "./commands/registrations.ts";
import { startCommand } from "./commands/start.ts";
import { userCommand } from "./commands/user.ts";

const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };

/** Wrong usage is told to `complain`. */
export function createProgram(complain: (line: string) => void): Command {
  const program = new Command("trapezoid")
    .description("A SIP platform in one program: registrar, proxy, programmable routing.")
    .version(version, "-v, --version")
    .addOption(dataOption())
    .addOption(jsonOption());
  for (const command of [startCommand(), userCommand(), registrationsCommand(), bansCommand()])
    program.addCommand(command);
  oneLineErrors(program, "trapezoid", complain);
  return program;
}

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
          .replace(/\s*\n\s*/g, " ");
        complain(`trapezoid: ${line}; see ${name} --help\n`);
      },
    });
  for (const child of command.commands) oneLineErrors(child, `${name} ${child.name()}`, complain);
}

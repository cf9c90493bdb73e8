/** The commands and what is common to them. */

import { createRequire } from "node:module";
import { Command } from "commander";
import { registrationsCommand } from "./commands/registrations.ts";
import { startCommand } from "./commands/start.ts";
import { userCommand } from "./commands/user.ts";

const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };

export function createProgram(): Command {
  const program = new Command("trapezoid")
    .description("A SIP platform in one program: registrar, proxy, programmable routing.")
    .version(version, "-v, --version");
  for (const command of [startCommand(), userCommand(), registrationsCommand()]) program.addCommand(command);
  oneLineErrors(program, "trapezoid");
  return program;
}

/** Wrong usage is one line on standard error and an exception, never an exit in the middle of the program. */
function oneLineErrors(command: Command, name: string): void {
  command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      outputError: (text, write) => {
        const line = text
          .replace(/^error: /, "")
          .trim()
          .replace(/\s*\n\s*/g, " ");
        write(`trapezoid: ${line}; see ${name} --help\n`);
      },
    });
  for (const child of command.commands) oneLineErrors(child, `${name} ${child.name()}`);
}

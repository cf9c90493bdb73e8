/** The command `trapezoid`. */

import { run } from "./run.ts";

// Started by the launcher: when it is gone, nobody can stop this process any more.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();

const status = await run(process.argv.slice(2));
if (status !== undefined) process.exitCode = status;

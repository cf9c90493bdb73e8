/** The Trapezoid server. */

export { type RunOptions, runServer } from "./supervisor/run-server.ts";
export { type Server, type ServerOptions, startServer } from "./supervisor/server.ts";
export { version } from "./supervisor/version.ts";

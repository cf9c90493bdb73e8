/** Checks the configuration that a module exports, as the server does before it uses one: `config-example.ts FILE`. */

import { pathToFileURL } from "node:url";
import { resolveConfig } from "../apps/server/src/config/index.ts";

const file = process.argv[2]!;
const { default: config } = await import(pathToFileURL(file).href);
const overrides = { domains: [], listen: [], trust: [], http: undefined };
const host = { hostName: "box", addresses: ["192.0.2.1"], dataFolder: "/data", configFolder: "/etc/trapezoid" };
resolveConfig(config, overrides, host, { name: file });

/** Serves one page with one script, bundled from the sources, and takes what the page reports. */

import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type BuildOptions, build } from "esbuild";

export interface PageScript {
  /** A file beside this one that runs in the page; or its text. */
  readonly script: string | { readonly text: string };
  /** What the server has beside the page: path → body. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
}

export interface PageServer extends AsyncDisposable {
  /** `http://localhost:PORT/`: a secure origin, as microphones ask for. */
  readonly origin: string;
  /** What the page has sent to `/report`. */
  readonly report: Promise<string>;
}

const page =
  '<!doctype html><meta charset="utf-8"><title>phone</title><body><button>call</button><video autoplay muted></video>' +
  '<script type="module" src="/phone.js"></script>';

export async function servePage({ script, files = {} }: PageScript): Promise<PageServer> {
  const code = await bundle(script);
  const report = Promise.withResolvers<string>();
  const served: Readonly<Record<string, readonly [type: string, body: Uint8Array | string]>> = {
    ...Object.fromEntries(
      Object.entries(files).map(([url, body]) => [url, ["application/octet-stream", body] as const]),
    ),
    "/": ["text/html", page],
    "/phone.js": ["text/javascript", code],
  };
  const server = createServer((request, response) => {
    const [type, body] = served[request.url ?? "/"] ?? ["text/plain", ""];
    if (request.method === "POST") textOf(request).then(report.resolve, report.reject);
    else if (body === "") response.statusCode = 404;
    response.setHeader("content-type", type);
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}/`,
    report: report.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bundle(script: PageScript["script"]): Promise<string> {
  const folder = import.meta.dirname;
  const source: BuildOptions =
    typeof script === "string"
      ? { entryPoints: [path.join(folder, script)] }
      : { stdin: { contents: script.text, loader: "ts", resolveDir: folder } };
  const result = await build({
    ...source,
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["dev"],
    external: ["libopus-wasm"],
    define: { global: "globalThis" },
    logLevel: "silent",
  });
  return result.outputFiles?.[0]?.text ?? "";
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += part;
  return text;
}

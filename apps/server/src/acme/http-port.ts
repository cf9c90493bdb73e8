/** How an authority is talked to: HTTPS with bounds. A port, so that tests have authorities of their own. RFC 8555 §6.1. */

import { request } from "node:https";
import { authorityUnreachable } from "./errors.ts";

export interface AcmeReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Rejects with `ACME_UNREACHABLE`. `body`: a JWS. */
export type AcmeSend = (method: "GET" | "HEAD" | "POST", url: string, body?: string) => Promise<AcmeReply>;

const timeoutMs = 30_000;
/** A chain of certificates is a few thousand. */
const bodyBytes = 1_048_576;

/** `ca`: PEM of whom to believe; default: Node's. `userAgent` is asked for by RFC 8555 §6.1. */
export function httpsSend(ca: string | undefined, userAgent: string): AcmeSend {
  return (method, url, body) =>
    new Promise((resolve, reject) => {
      const fail = (error: unknown): void =>
        reject(authorityUnreachable.from(error, url, error instanceof Error ? error.message : String(error)));
      if (!url.startsWith("https://")) {
        fail(new Error("expected https"));
        return;
      }
      const headers: Record<string, string> = { "user-agent": userAgent };
      if (body !== undefined) {
        headers["content-type"] = "application/jose+json";
        headers["content-length"] = String(Buffer.byteLength(body));
      }
      const asked = request(url, { method, headers, timeout: timeoutMs, ...(ca !== undefined && { ca }) });
      asked.on("timeout", () => asked.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
      asked.on("error", fail);
      asked.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
          if (text.length > bodyBytes) asked.destroy(new Error("its answer is too long"));
        });
        response.on("error", fail);
        response.on("end", () => {
          const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
          resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(headers), body: text });
        });
      });
      asked.end(body);
    });
}

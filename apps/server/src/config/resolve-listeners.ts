/** Where the server listens: SIP listeners and the HTTP server. */

import { type ListenUri, parseListenUri } from "@trapezoid/sip/transport";
import type { CommandLineOverrides } from "../worker/contract.ts";
import type { Config, ListenConfig } from "./config.ts";
import { defaultHttp, defaultSipPort, defaultSipsPort } from "./defaults.ts";
import { optionInvalid } from "./errors.ts";
import type { HostInfo } from "./host-info.ts";
import { isThisMachine, parseHostPort } from "./host-port.ts";
import { isHttpListen } from "./schema.ts";
import type { HttpSettings, ListenerSettings } from "./types.ts";

/** `--http off`: no HTTP server. */
const off = "off";

export function resolveHttp(config: Config, overrides: CommandLineOverrides): HttpSettings | undefined {
  if (overrides.http !== undefined && overrides.http !== off && !isHttpListen(overrides.http)) {
    throw optionInvalid(
      "--http",
      `expected an address and a port (127.0.0.1:8080), or ${off}, found "${overrides.http}"`,
    );
  }
  const configured = typeof config.http === "object" ? config.http.listen : config.http;
  const listen = overrides.http ?? configured ?? defaultHttp;
  if (listen === false || listen === off) return undefined;
  const { host: asked, port } = parseHostPort(listen)!;
  const host = asked === "localhost" ? "127.0.0.1" : asked;
  return { host, port: port!, secure: !isThisMachine(host) };
}

/** `--listen` replaces the configured listeners; without either, every address on 5060 and TLS on 5061. */
export function resolveListeners(
  config: Config,
  overrides: CommandLineOverrides,
  host: HostInfo,
  http: HttpSettings | undefined,
): readonly ListenerSettings[] {
  const wanted = new Map<string, ListenerSettings>();
  const add = (uri: ListenUri, advertise: string | undefined): void => {
    wanted.set(uri.port === 0 ? `${wanted.size}` : `${uri.kind} ${uri.host} ${uri.port}`, {
      uri,
      advertise: advertise ?? config.advertise,
      sharedWithHttp: isShared(uri, http),
    });
  };
  if (overrides.listen.length > 0) {
    for (const text of overrides.listen) {
      const parsed = parseListenUri(text);
      if (!parsed.ok) throw optionInvalid("--listen", parsed.error.message);
      add(parsed.value, undefined);
    }
  } else if (config.listen !== undefined) {
    for (const entry of config.listen) {
      const { uri, advertise }: ListenConfig = typeof entry === "string" ? { uri: entry } : entry;
      const parsed = parseListenUri(uri);
      if (parsed.ok) add(parsed.value, advertise);
    }
  } else {
    for (const uri of defaultListeners(host, hasCertificate(config))) add(uri, undefined);
  }
  return [...wanted.values()];
}

/** One that was given, not one that the server makes itself. */
function hasCertificate(config: Config): boolean {
  return (
    config.tls?.cert !== undefined ||
    config.tls?.acme !== undefined ||
    (config.domains ?? []).some((one) => typeof one !== "string" && one.tls)
  );
}

function defaultListeners(host: HostInfo, hasCertificate: boolean): readonly ListenUri[] {
  const wildcards = host.addresses.some((address) => address.includes(":")) ? ["0.0.0.0", "::"] : ["0.0.0.0"];
  const everywhere = wildcards.flatMap((address): readonly ListenUri[] => [
    { kind: "udp", host: address, port: defaultSipPort },
    { kind: "tcp", host: address, port: defaultSipPort },
  ]);
  // A certificate that nobody else trusts is for this machine alone.
  const secure = hasCertificate ? wildcards : ["127.0.0.1"];
  return [
    ...everywhere,
    ...secure.map((address): ListenUri => ({ kind: "tls", host: address, port: defaultSipsPort })),
  ];
}

function isShared(uri: ListenUri, http: HttpSettings | undefined): boolean {
  if (http === undefined || uri.kind !== (http.secure ? "wss" : "ws")) return false;
  return uri.host === http.host && uri.port === http.port;
}

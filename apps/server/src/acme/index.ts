/** Certificates from an authority, without a person. RFC 8555, RFC 8737. */

import { readFileSync } from "node:fs";
import { systemClock } from "@trapezoid/base";
import type { TlsIdentity } from "@trapezoid/sip/transport/node";
import type { AcmeSettings } from "../config/types.ts";
import type { Logger } from "../observe/logger.ts";
import type { TlsKeeper } from "../tls/index.ts";
import { AcmeKeeper } from "./acme-keeper.ts";
import type { HttpChallenges } from "./http-challenges.ts";
import { httpsSend } from "./http-port.ts";
import type { ChallengePort } from "./issue.ts";
import { challengeCertificate } from "./signing-request.ts";

export { HttpChallenges } from "./http-challenges.ts";

export interface AcmeOptions {
  readonly tls: Pick<TlsKeeper, "setChallenges" | "refresh">;
  readonly http: HttpChallenges;
  /** What the configuration says now. */
  readonly settings: () => AcmeSettings | undefined;
  readonly version: string;
  readonly log: Logger;
}

export function openAcme(options: AcmeOptions): AcmeKeeper {
  const { tls, log, version } = options;
  return new AcmeKeeper({
    clock: systemClock,
    log,
    random: Math.random,
    port: challengePort(options),
    send: ({ caFile }) => {
      const ca = caFile === undefined ? undefined : readFileSync(caFile, "utf8");
      return httpsSend(ca, `trapezoid/${version}`);
    },
    onIssued: () => tls.refresh(),
  });
}

function challengePort({ tls, http, settings }: AcmeOptions): ChallengePort {
  return {
    async present(challenges) {
      const tokens = challenges.filter(({ type }) => type === "http-01");
      if (tokens.length > 0) {
        const answers = new Map(tokens.map(({ token, keyAuthorization }) => [token, keyAuthorization]));
        await http.open(answers, settings()?.http ?? []);
      }
      const identities: Record<string, TlsIdentity> = {};
      for (const { type, name, keyAuthorization } of challenges) {
        if (type !== "tls-alpn-01") continue;
        identities[name] = await challengeCertificate(name, keyAuthorization, Date.now());
      }
      if (Object.keys(identities).length > 0) await tls.setChallenges(identities);
    },
    async withdraw() {
      await http.close();
      await tls.setChallenges({});
    },
  };
}

/** Certificates: read, checked, kept in force, made where there are none. */

import { systemClock } from "@trapezoid/base";
import { keptCertificate } from "../acme/acme-files.ts";
import { readHostInfo } from "../config/host-info.ts";
import type { ResolvedConfig } from "../config/types.ts";
import type { Logger } from "../observe/logger.ts";
import { FileWatcher } from "../supervisor/file-watcher.ts";
import type { OwnCertificate } from "./load-tls.ts";
import { ensureCertificate } from "./self-made.ts";
import { TlsKeeper } from "./tls-keeper.ts";

export type { TlsKeeper } from "./tls-keeper.ts";

export interface TlsKeeping {
  /** Absolute path. */
  readonly dataFolder: string;
  readonly log: Logger;
}

/** Renewal tools write several files. */
const settleMs = 1_000;
const pollMs = 60_000;

export function openTlsKeeper({ dataFolder, log }: TlsKeeping): TlsKeeper {
  return new TlsKeeper({
    log,
    clock: systemClock,
    own: (config) => ownCertificate(config, dataFolder),
    watcher: (onChange) => new FileWatcher({ onChange, settleMs, pollMs }),
  });
}

async function ownCertificate(config: ResolvedConfig, dataFolder: string): Promise<OwnCertificate> {
  const { acme } = config.tls;
  const given = acme === undefined ? undefined : keptCertificate(acme);
  if (given !== undefined) return { files: given, selfMade: false };
  const { hostName, addresses } = readHostInfo(dataFolder, undefined);
  const names = { domains: [...config.domains.keys()], hostName, addresses };
  return { files: await ensureCertificate(config.tls.ownFolder, names, Date.now()), selfMade: true };
}

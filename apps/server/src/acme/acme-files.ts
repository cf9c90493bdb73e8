/** What is kept of an authority in the data folder: the account with its key, and the certificate with its own. RFC 8555 §7.3. */

import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AcmeSettings, CertificateFiles } from "../config/types.ts";
import { type LoadedCertificate, loadCertificate } from "../tls/certificate.ts";
import { newKeys } from "../tls/key-pair.ts";
import { replaceFile } from "../tls/self-made.ts";

export class AcmeFiles {
  /** Certificate and key in one file, so that none is ever without the other. */
  readonly certificate: CertificateFiles;
  readonly #folder: string;

  /** A folder for each authority: another one knows nothing of the account. */
  constructor(folder: string, directory: string) {
    const name = createHash("sha256").update(directory).digest("hex").slice(0, 16);
    this.#folder = join(folder, "acme", name);
    const file = join(this.#folder, "certificate.pem");
    this.certificate = { certFile: file, keyFile: file, passphraseEnv: undefined };
  }

  /** PEM. Made when there is none. */
  async accountKey(): Promise<string> {
    const file = join(this.#folder, "account-key.pem");
    if (existsSync(file)) return readFileSync(file, "utf8");
    const { pem } = await newKeys();
    this.#write(file, pem);
    return pem;
  }

  get account(): string | undefined {
    try {
      return readFileSync(join(this.#folder, "account-url"), "utf8").trim() || undefined;
    } catch {
      return undefined;
    }
  }

  keepAccount(url: string | undefined): void {
    this.#write(join(this.#folder, "account-url"), url ?? "");
  }

  keepCertificate(chain: string, key: string): void {
    this.#write(this.certificate.certFile, `${key.trim()}\n${chain.trim()}\n`);
  }

  #write(file: string, text: string): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    replaceFile(file, text, 0o600);
  }
}

/** The certificate that an authority gave for all these names, or undefined. */
export function presentCertificate(settings: AcmeSettings): LoadedCertificate | undefined {
  try {
    const loaded = loadCertificate(filesOf(settings).certificate, "acme", settings.names);
    const held = loaded.names.subjectAltName ?? "";
    return settings.names.every((name) => held.split(", ").includes(`DNS:${name}`)) ? loaded : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The best that is there until the one that is asked for has come: the directory's own, though names are missing or it has ended,
 * else the one of another directory that lasts longest. A certificate that nobody vouches for is worse than each of them.
 */
export function keptCertificate(settings: AcmeSettings): CertificateFiles | undefined {
  const own = filesOf(settings).certificate;
  const others = globSync(join(settings.folder, "acme", "*", "certificate.pem")).map((file) => {
    return { certFile: file, keyFile: file, passphraseEnv: undefined };
  });
  const loaded = [own, ...others].flatMap((files) => {
    try {
      return [{ files, expiresAt: loadCertificate(files, "acme", []).expiresAt }];
    } catch {
      return [];
    }
  });
  const isOwn = loaded.find(({ files }) => files === own);
  return (isOwn ?? loaded.sort((a, b) => b.expiresAt - a.expiresAt)[0])?.files;
}

export function filesOf({ folder, directory }: AcmeSettings): AcmeFiles {
  return new AcmeFiles(folder, directory);
}

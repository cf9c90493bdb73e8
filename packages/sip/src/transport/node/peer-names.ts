/** The names that a TLS peer proved. RFC 5922 §7.1. */

import type { PeerCertificate, TLSSocket } from "node:tls";
import { type CertificateNames, sipIdentities } from "../identity.ts";

/** Empty when the peer showed no certificate, or one that no trusted authority signed. */
export function peerNamesOf(socket: TLSSocket): readonly string[] {
  if (!socket.authorized) return none;
  const certificate = socket.getPeerCertificate();
  return certificate.subject === undefined ? none : sipIdentities(namesOf(certificate));
}

export function namesOf(certificate: PeerCertificate): CertificateNames {
  const commonName: unknown = certificate.subject?.CN;
  return {
    subjectAltName: certificate.subjectaltname,
    commonName: typeof commonName === "string" ? commonName : undefined,
  };
}

const none: readonly string[] = Object.freeze([]);

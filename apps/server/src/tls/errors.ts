/** What can be wrong with certificates and keys. Each text is one line for a person: which file, what is wrong, what to do. */

import { define } from "@trapezoid/base";

export const certificateUnreadable = define(
  "TLS_UNREADABLE",
  (file: string, why: string) => `cannot read ${file} ${why}; check tls in the configuration`,
);

export const certificateUnusable = define(
  "TLS_UNUSABLE",
  (cert: string, key: string, why: string) => `certificate ${cert} and key ${key} cannot be used: ${why}`,
);

export const authoritiesUnusable = define(
  "TLS_CA_UNUSABLE",
  (file: string, why: string) => `${file} cannot be used: ${why}; tls.ca expects certificates in PEM`,
);

export const revocationsUnusable = define(
  "TLS_CRL_UNUSABLE",
  (file: string, why: string) =>
    `${file} cannot be used: ${why}; tls.crl expects lists in PEM (openssl crl -inform der -in LIST -out ${file})`,
);

/** On a reload; at the start there is nothing better. */
export const certificateEnded = define(
  "TLS_ENDED",
  (file: string) => `${file} has ended, the certificate in force has not: it stays; put a valid one there`,
);

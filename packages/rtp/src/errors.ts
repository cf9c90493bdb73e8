/** What can fail here, each with its stable code. Bytes of peers never do. */

import { define, type ErrorDefinition } from "@trapezoid/base";

export const badZidFile: ErrorDefinition<readonly [file: string, why: string]> = define(
  "RTP_BAD_ZID_FILE",
  (file: string, why: string) =>
    `${file} does not hold the identity and the secrets of ZRTP: ${why}; move it away to begin anew, after which each peer will warn once`,
);

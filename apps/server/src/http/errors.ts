/** What keeps the HTTP server from listening. */

import { define } from "@trapezoid/base";

export const httpPortTaken = define(
  "HTTP_PORT_TAKEN",
  (place: string) => `${place} (HTTP) is taken by another program; stop it, or choose another with --http`,
);

export const httpFailed = define(
  "HTTP_FAILED",
  (place: string, why: string) => `cannot listen on ${place} (HTTP): ${why}`,
);

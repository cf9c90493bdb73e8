/** Roles that are subscribed to. RFC 6665. */

import type { Role } from "../role.ts";

export const isSubscribedTo: Role = {
  name: "is subscribed to",
  core: () => ({
    eventPackages: ["presence"],
    handlers: {
      onSubscribe: (subscribe) => {
        subscribe.confirm({ current: () => ({ contentType: "application/pidf+xml", body: "<presence/>" }) });
      },
    },
  }),
};

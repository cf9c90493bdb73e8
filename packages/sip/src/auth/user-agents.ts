/** Which digest algorithms a user agent is offered, by its User-Agent. RFC 8760 §2.3 leaves the choice to the server. */

import type { Algorithm } from "./algorithm.ts";

export interface UserAgentRule {
  /** How the value of User-Agent begins, in any case. */
  readonly product: string;
  /** In the order of the challenges, the preferred one first. */
  readonly algorithms: readonly Algorithm[];
}

const strongestFirst: readonly Algorithm[] = ["SHA-256", "MD5"];
const md5Alone: readonly Algorithm[] = ["MD5"];

/**
 * User agents known to cope with more than one challenge. Everybody else gets MD5 alone, because a second challenge makes
 * many of them fail: baresip 1.0 with any other beside MD5, SIPp 3.6, JsSIP and SIP.js with another one first.
 */
export const userAgentRules: readonly UserAgentRule[] = [
  // Linphone/4.4, LinphoneAndroid/5.2, LinphoneiOS/5.0, Linphone-Desktop/5.1, …
  { product: "linphone", algorithms: strongestFirst },
  { product: "trapezoid", algorithms: strongestFirst },
];

/** The algorithms to offer; the same array for the same kind of user agent. */
export function algorithmsFor(
  userAgent: string | undefined,
  rules: readonly UserAgentRule[] = userAgentRules,
): readonly Algorithm[] {
  if (userAgent === undefined) return md5Alone;
  for (const { product, algorithms } of rules) {
    if (
      userAgent.length >= product.length &&
      userAgent.slice(0, product.length).toLowerCase() === product.toLowerCase()
    ) {
      return algorithms;
    }
  }
  return md5Alone;
}

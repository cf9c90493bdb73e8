/** What a locator's failure is as a status. RFC 3261 §16.9, §21. */

/** What the caller is told when the locator finds nothing; 503 for what is no answer of its. */
export function statusOfFailure(error: unknown): number {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "SIP_LOCATE_NOT_SIP":
      return 416;
    // §21.4.5: there is no such domain, or it takes no calls.
    case "SIP_LOCATE_NO_RECORDS":
    case "SIP_LOCATE_NO_ADDRESSES":
    case "SIP_LOCATE_DECLINED":
      return 404;
    case "SIP_LOCATE_NO_TRANSPORT":
      return 502;
    // §21.5.5 names the domain name system.
    case "SIP_LOCATE_DNS_FAILED":
      return 504;
    default:
      return 503;
  }
}

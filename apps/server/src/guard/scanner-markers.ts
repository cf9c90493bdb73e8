/** How tools that look for SIP servers and guess passwords name themselves. Data: one line a marker, in any case. */

/** In the value of User-Agent, as words of their own. */
export const scannerUserAgents: readonly string[] = [
  // SIPVicious (svmap, svwar, svcrack) as it comes, and the names that its users give it.
  "friendly-scanner",
  "friendly-request",
  "sipvicious",
  "sundayddr",
  "sip-scan",
  "sipscan",
  // Mass diallers, which look for a way out to expensive numbers.
  "sipcli",
  "pplsip",
  "vaxsipuseragent",
  "vaxipuseragent",
  // Audit tools that no one runs against a server of somebody else's by mistake.
  "siparmyknife",
  "sip-army-knife",
  "sivus",
  "iwar",
  "smap",
  "sippts",
  "mr.sip",
  "metasploit",
  "nmap",
];

/** In the value of From, anywhere, in lower case: what the same tools write there whatever they call themselves. */
export const scannerFroms: readonly string[] = ['"sipvicious"', "sip:100@1.1.1.1"];

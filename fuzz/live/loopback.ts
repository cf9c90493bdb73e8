/** Keeps what is sent to a real server from leading it to other hosts: every address becomes one of loopback. */

/** Names are left: the server is given a DNS server that is not there. */
export function onLoopback(octets: string): string {
  return octets
    .replace(/\d{1,40}\.\d{1,10}\.\d{1,10}\.\d{1,10}/g, "127.0.0.1")
    .replace(/\[[0-9a-f:.%]*:[0-9a-f:.%]*\]/gi, "[::1]")
    .replace(/(maddr|received)(\s*=\s*)[0-9a-f]*:[0-9a-f:.]*/gi, "$1$2::1");
}

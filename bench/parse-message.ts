/** The INVITE that bench/parse.ts parses: 12 header fields and SDP, 650 octets, in many variants so that nobody parses one string twice in a row. */

export function inviteVariant(n: number): string {
  const id = (n * 2_654_435_761 + 305_419_896).toString(16).padStart(12, "0").slice(-10);
  const body = [
    "v=0",
    `o=alice ${2_890_844_000 + n} 1 IN IP4 192.0.2.101`,
    "s=-",
    "c=IN IP4 192.0.2.101",
    "t=0 0",
    "m=audio 49172 RTP/AVP 0 8 101",
    "a=rtpmap:101 telephone-event/8000",
    "",
  ].join("\r\n");
  return [
    "INVITE sip:bob@biloxi.example.com SIP/2.0",
    `Via: SIP/2.0/UDP 192.0.2.101:5060;branch=z9hG4bK${id};rport`,
    "Max-Forwards: 70",
    `From: "Alice" <sip:alice@atlanta.example.com>;tag=${id.slice(2)}`,
    "To: <sip:bob@biloxi.example.com>;tag=8321234356",
    `Call-ID: ${id}848276298220188511@192.0.2.101`,
    `CSeq: ${1 + (n % 9)} INVITE`,
    "Contact: <sip:alice@192.0.2.101:5060;transport=udp>",
    "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE",
    "Supported: replaces, timer",
    "User-Agent: Phone/1.01",
    "Content-Type: application/sdp",
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

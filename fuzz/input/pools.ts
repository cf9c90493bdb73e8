/** Texts that go into messages: boundaries of numbers, faulty escapes, octets that are no UTF-8, things that mean something. */

// biome-ignore format: a list to read at a glance
const params = [
  "lr", "lr=on", "LR", "tag=1", "tag", "tag=", "Tag=a;tag=b", "branch=z9hG4bK", "branch=z9hG4bKx", "branch", "branch=1",
  "rport", "rport=5060", "rport=0", "rport=70000", "rport=x", "received=1.2.3.4", "received=[::1]", "received=2001:db8::1",
  "received", "maddr=224.2.0.1", "maddr=[::1]", "maddr=x y", "ttl=255", "ttl=256", "ttl=-1", "transport=udp", "transport=TLS",
  "transport=%75dp", "transport=", "q=0.5", "q=1.0001", "q=-1", "q=", "q=.5", "expires=0", "expires=4294967296", "expires=x",
  '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"', "reg-id=1", "reg-id=0", "ob", "user=phone", "method=INVITE",
  '=""', "=", "a=", 'a=""', 'a="\\""', 'a="\\', 'a="b', "a==b", "a=b=c", "a b", "a=b c", "a=<sip:x>", "%41=%42", "a=%", "a=[::1]",
  "é=ü", "a=漢", "handling=optional", "boundary=b", 'boundary=""', "boundary", "cause=200", "text=x", "early-only",
  "from-tag=1;to-tag=2", "comp=sigcomp", "keep", "keep=30", "alias", "index=1.1", "duration=9999999999", "refresher=uac",
] as const;

// biome-ignore format: a list to read at a glance
const numbers = [
  "0", "00", "000", "1", "-0", "-1", "+1", "9", "10", "69", "70", "99", "100", "127", "128", "199", "255", "256", "999", "1000",
  "65535", "65536", "65537", "2147483647", "2147483648", "-2147483648", "4294967295", "4294967296", "4294967297",
  "9007199254740992", "18446744073709551615", "18446744073709551616", "340282366920938463463374607431768211456",
  "99999999999999999999999999", "999999999", "1000000000", "0000000001", "00000000000000000000000000001", "1e3", "0x10", "1.5",
  ".5", "1.", "1.0000", "NaN", "Infinity", "٣", "²",
] as const;

// biome-ignore format: a list to read at a glance
const uris = [
  "sip:", "sip:@", "sip:a@", "sip:@b", "sip::@b", "sip:a:@b", "sip:a:b:c@d", "sip:a@b@c", "sip:a%40b@c", "sip:%00@b", "sip:%@b",
  "sip:%4@b", "sip:%zz@b", "sip:a;b@c;d", "sip:a?b@c?d=e", "sip:a/b@c", "sip:[::1]", "sip:[::1]:5060", "sip:[::1", "sip:::1",
  "sip:[::g]", "sip:[1:2:3:4:5:6:7:8:9]", "sip:[::ffff:1.2.3.4]", "sip:[fe80::1%25eth0]", "sip:1.2.3.4:0", "sip:1.2.3.4:65536",
  "sip:1.2.3.4:", "sip:256.256.256.256", "sip:a..b", "sip:.", "sip:a.", "sip:-", "sip:_", "sip:a;", "sip:a;;", "sip:a;=", "sip:a;=b",
  "sip:a;b=", "sip:a;b=c;b=d", "sip:a;lr;lr=on", "sip:a?", "sip:a?b", "sip:a?b=", "sip:a?=b", "sip:a?b=c&", "sip:a?&", "sip:a?b=c&b=d",
  "sip:a?Route=%3Csip:x%3E", "sip:a;transport=tcp?x=y", "SIP:A@B", "SiPs:a@b:5061", "sips:a", "tel:", "tel:+", "tel:+1", "tel:1-2(3)",
  "tel:7042;phone-context=example.com", "tel:+1;ext=", "tel:+1;isub=a?b@c", "tel:*#ABC", "http://x/y?z#w", "urn:service:sos",
  "urn:", "mailto:a@b", "im:a@b", "cid:a@b", "data:,", "*", "a", "a@b", ":", "//", "1:a", "sip:a b", "sip:é@b", "sip:漢@b", "sip:a,b@c",
  "sip:bob@example.com;method=BYE", "sip:10.0.0.1", "sip:bob@10.0.0.1:5060", "sip:a@b;maddr=10.0.0.9;ttl=1;transport=udp",
] as const;

/** Text beyond Latin-1 as the octets of its UTF-8. */
function octetsOf(texts: readonly string[]): readonly string[] {
  return texts.map((text) => Buffer.from(text, "utf8").toString("latin1"));
}

// biome-ignore format: lists to read at a glance
export const pools = {
  params: octetsOf(params),
  numbers: octetsOf(numbers),
  uris: octetsOf(uris),
  paramValues: octetsOf(["", '""', '"a"', '"', '"\\"', "[::1]", "a:b", "a/b", "%41", "4294967296", "-1", "<a>", "é", "a b", "=", "?"]),
  quoted: octetsOf(['""', '"', '"\\""', '"\\\\"', '"\\', '"a\\', '"\\\r\n "', '"\r\n a"', '"é"', '"<sip:a>"', '","', '";"', '" "']),
  schemes: ["sip", "sips", "SIP", "tel", "tEl", "http", "urn", "", "1", "sip:sip", "s", "sipss", "sip%3a"],
  users: octetsOf(["", "a", "%00", "%41", "%", "a:b", "a:", ":", "a;b=c", "a?b", "a/b", "a b", "é", "漢", "+1-2", "a@b", '"a"', "<", "&=+$,;?/"]),
  hosts: [
    "", "a", "A.B", "a.", ".a", "a..b", "-", "_", "1", "1.2.3", "1.2.3.4", "1.2.3.4.5", "256.1.1.1", "01.02.03.04", "0x1.2.3.4", "[::]",
    "[::1]", "::1", "[::1", "::1]", "[]", "[::ffff:1.2.3.4]", "[fe80::1%eth0]", "[1:2:3:4:5:6:7:8]", "[1::2::3]", "localhost",
    "example.com", "EXAMPLE.COM.", "xn--bcher-kva.example", "10.0.0.1", "10.0.0.9", "a%2eb", "invalid", "a,b",
  ],
  uriParams: ["lr", "transport=tcp", "transport=", "maddr=10.0.0.9", "ttl=1", "user=phone", "method=BYE", "x", "x=", "=x", "x=%41", "x=%", "x=[a]"],
  uriHeaders: ["a=b", "a", "a=", "=b", "a=b&c=d", "a=%", "a=%0d%0a", "Route=%3Csip:x%3E", "body=x", "&", "a=b&", "?"],
  escapes: ["%", "%4", "%41", "%zz", "%00", "%0d%0a", "%25", "%c3%a9", "%%", "%2"],
  spaces: [" ", "\t", "  ", "\r\n ", "\r\n\t", " \r\n ", "\r\n  \r\n ", " \t ", "\r\n \t\r\n\t"],
  octets: [
    "\0", "\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x80", "\x85", "\xa0", "\xad", "\xc0\x80", "\xc3", "\xc3\x28", "\xe2\x28\xa1",
    "\xe2\x82", "\xed\xa0\x80", "\xf0\x28\x8c\xbc", "\xf4\x90\x80\x80", "\xfe", "\xff", "\xef\xbb\xbf", "\xe2\x80\xa8", "\xf0\x9f\x98\x80",
  ],
  splinters: [
    "\r\n", "\r", "\n", "\r\n\r\n", "\n\r", "\r\n ", " ", "\t", '"', "\\", "<", ">", ";", ",", ":", "@", "=", "%", "[", "]", "?", "/", "&",
    "(", ")", "{", "}", "*", "'", "`", "~", "SIP/2.0", "sip:", "z9hG4bK", "Via:", "\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKy", "\0", "\xff",
  ],
  /** What is repeated until a header field is as long as it may be. */
  pieces: [
    ";", ";a", ";a=b", ';a=""', ",", ", ", ",a", ",<sip:a>", ", sip:a;tag", "<", ">", "<sip:a>,", '"', '\\"', "\\", '""', '"a" ', " ", "\t", "\r\n ", " \r\n",
    "%41", "%", "&a=b", "?", "=", "@", ":", "/", "[", "]", "(", ")", "((", "--", ".", "a", "0", "1", "é", "\xe9", "\x80", "\0", "sip:", ";lr", ", SIP/2.0/UDP a",
  ],
  methods: [
    "INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "PRACK", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "REFER", "MESSAGE",
    "UPDATE", "invite", "Invite", "GET", "!%*_+`'~", "A", "INVITE1", "ACKK", "", "SIP", "SIP/2.0", "PRI", "__proto__", "constructor",
  ],
  versions: ["SIP/2.0", "sip/2.0", "SIP/2.1", "SIP/3.0", "SIP/02.0", "SIP/2.00", "SIP/2", "SIP2.0", "HTTP/1.1", "SIP/7.0", "", "SIP /2.0"],
  /** Names that header lines get; the known ones come from the seeds. */
  names: [
    "Via", "v", "From", "f", "To", "t", "Call-ID", "i", "CSeq", "Contact", "m", "Route", "Record-Route", "Max-Forwards", "Content-Length",
    "l", "Content-Type", "c", "Max-Breadth", "Proxy-Require", "Require", "Supported", "k", "Expires", "Path", "Authorization", "VIA",
    "call-id", "X", "z", "", " ", "é", "a b", "__proto__", "Content-length ", "Proxy-Authorization", "Timestamp", "RAck", "Replaces",
  ],
} as const;

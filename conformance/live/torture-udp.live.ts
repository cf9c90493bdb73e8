/** The torture messages of RFC 4475 and RFC 5118 against a live server, as datagrams. */

import { describeTorture } from "./describe-torture.ts";

describeTorture("udp");

/** The torture messages of RFC 4475 and RFC 5118 against a live server, each on a TCP connection. */

import { describeTorture } from "./describe-torture.ts";

describeTorture("tcp");

import assert from "node:assert/strict";
import { test } from "node:test";
import { firstFault } from "./first-fault.ts";

const scenario = `<scenario name="it">
  <send retrans="500"><![CDATA[INVITE sip:x SIP/2.0]]></send>
  <!-- <recv response="999"/> -->
  <recv response="100" optional="true"></recv>
  <recv response="180"
        optional="true"/>
  <recv response="486" rtd="true"/>
  <send/>
  <recv response="200"/>
</scenario>`;

test("what SIPp could have taken, and what came instead", () => {
  const log = (expecting: string, index: number): string =>
    `2026-11-21	16:32:03.645232	1795278723.645232: Aborting call on unexpected message for Call-Id '1-42@127.0.0.1': while expecting '${expecting}' (index ${index}), received 'SIP/2.0 481 Call/Transaction Does Not Exist
Via: SIP/2.0/UDP 127.0.0.1:5061

'.`;
  const received = "SIP/2.0 481 Call/Transaction Does Not Exist\nVia: SIP/2.0/UDP 127.0.0.1:5061";
  assert.deepEqual(firstFault(log("100", 1), "", scenario), { expected: "100, 180 or 486", received });
  assert.deepEqual(firstFault(log("486", 3), "", scenario), { expected: "486", received });
  assert.deepEqual(firstFault(log("200", 5), "", scenario), { expected: "200", received });
});

test("a header field that is missing, or does not match", () => {
  const message = "SIP/2.0 200 OK\nVia: x";
  assert.deepEqual(
    firstFault(`: Failed regexp match: header X-Color: not found in message\n${message}`, "", scenario),
    {
      expected: "the header field X-Color",
      received: message,
    },
  );
  const log = ": Failed regexp match: looking in ': 1 ACK', with regexp '2 ACK'";
  assert.deepEqual(firstFault(log, "", scenario), { expected: "2 ACK", received: undefined });
});

test("where nothing came: the first message of the last screen that never arrived", () => {
  const screen = (count: number): string => `
                                 Messages  Retrans   Timeout   Unexpected-Msg
      INVITE ---------->         1         0         0                  
         100 <----------         ${count}         0         0         0        
         183 <----------         0         0         0         0        
         180 <----------         ${count}         0         0         0        
         404 <----------  E-RTD1 0         0         0         0        
         ACK ---------->         0         0                            
`;
  assert.deepEqual(firstFault("", screen(0) + screen(1), scenario), { expected: "404", received: undefined });
  assert.equal(firstFault("", "", scenario), undefined);
});

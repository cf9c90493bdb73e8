import assert from "node:assert/strict";
import { test } from "node:test";
import { firstFault } from "./first-fault.ts";

test("what SIPp waited for, and what came instead", () => {
  const log = `2026-11-21	16:32:03.645232	1795278723.645232: Aborting call on unexpected message for Call-Id '1-42@127.0.0.1': while expecting '200' (index 4), received 'SIP/2.0 481 Call/Transaction Does Not Exist
Via: SIP/2.0/UDP 127.0.0.1:5061

'.`;
  assert.deepEqual(firstFault(log, ""), {
    expected: "200",
    received: "SIP/2.0 481 Call/Transaction Does Not Exist\nVia: SIP/2.0/UDP 127.0.0.1:5061",
  });
});

test("where nothing came: the first message of the last screen that never arrived", () => {
  const screen = (count: number): string => `
                                 Messages  Retrans   Timeout   Unexpected-Msg
      INVITE ---------->         1         0         0                  
         100 <----------         ${count}         0         0         0        
         200 <----------         0         0         0         0        
`;
  assert.deepEqual(firstFault("", screen(0) + screen(1)), { expected: "200", received: undefined });
  assert.equal(firstFault("", ""), undefined);
});

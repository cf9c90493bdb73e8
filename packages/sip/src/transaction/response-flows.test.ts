import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flow, Target } from "../transport/contract.ts";
import type { ResponseTarget } from "../transport/response-target.ts";
import { responseFlows } from "./response-flows.ts";

const flow = { remote: { address: "192.0.2.7", port: 40000 } } as Flow;

function rig(refused: readonly string[], located: readonly Target[] = []) {
  const tried: string[] = [];
  const asked: string[] = [];
  const reopen = responseFlows({
    transport: {
      flowTo(target, from) {
        assert.equal(from, flow);
        tried.push(`${target.kind} ${target.address} ${target.port} ${target.serverName ?? "-"}`);
        if (target.kind === "udp") return flow;
        return refused.includes(target.address) ? Promise.reject(new RangeError("refused")) : Promise.resolve(flow);
      },
    },
    locator: {
      locateSentBy(via) {
        asked.push(`${via.transport} ${via.host} ${via.port}`);
        return located;
      },
    },
  });
  return { reopen, tried, asked };
}

const overTls: ResponseTarget = {
  kind: "tls",
  host: "192.0.2.7",
  port: 5061,
  numeric: true,
  fallback: { host: "pc.example.com", port: undefined },
};

test("UDP to an address needs no waiting", () => {
  const { reopen, tried } = rig([]);
  assert.equal(reopen({ kind: "udp", host: "192.0.2.7", port: 5070, numeric: true }, flow), flow);
  assert.deepEqual(tried, ["udp 192.0.2.7 5070 -"]);
});

test("a new connection goes to where the request came from, proves the name in the Via, and comes before sent-by (RFC 3261 §18.2.2)", async () => {
  const { reopen, tried, asked } = rig([]);
  assert.equal(await reopen(overTls, flow), flow);
  assert.deepEqual(tried, ["tls 192.0.2.7 5061 pc.example.com"]);
  assert.deepEqual(asked, []);
});

test("when that fails the places of sent-by are tried in turn, none of them this host (RFC 3263 §5)", async () => {
  const located: Target[] = ["127.0.0.1", "::ffff:127.0.0.1", "192.0.2.8", "192.0.2.9", "192.0.2.10"].map(
    (address) => ({
      kind: "tls",
      address,
      port: 5061,
      serverName: "pc.example.com",
    }),
  );
  const { reopen, tried, asked } = rig(["192.0.2.7", "192.0.2.8"], located);
  assert.equal(await reopen(overTls, flow), flow);
  assert.deepEqual(asked, ["TLS pc.example.com undefined"]);
  assert.deepEqual(tried.slice(1), ["tls 192.0.2.8 5061 pc.example.com", "tls 192.0.2.9 5061 pc.example.com"]);
  const hopeless = rig(["192.0.2.7"], located.slice(0, 2));
  await assert.rejects(async () => hopeless.reopen(overTls, flow), RangeError);
});

test("a name without an address is looked up", async () => {
  const located: Target[] = [{ kind: "udp", address: "192.0.2.8", port: 5062 }];
  const { reopen, tried } = rig([], located);
  assert.equal(await reopen({ kind: "udp", host: "pc.example.com", port: undefined, numeric: false }, flow), flow);
  assert.deepEqual(tried, ["udp 192.0.2.8 5062 -"]);
});

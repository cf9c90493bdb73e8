import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { HttpChallenges } from "./http-challenges.ts";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("a token is answered with its key authorization, while it is asked for, at its own path alone (RFC 8555 §8.3)", async (t) => {
  const challenges = new HttpChallenges();
  t.after(() => challenges.close());
  const port = await freePort();
  await challenges.open(new Map([["abc", "abc.thumb"]]), [{ host: "127.0.0.1", port }]);
  const read = async (path: string): Promise<readonly [number, string]> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.text()];
  };
  assert.deepEqual(await read("/.well-known/acme-challenge/abc"), [200, "abc.thumb"]);
  assert.deepEqual(await read("/.well-known/acme-challenge/other"), [404, ""]);
  assert.deepEqual(await read("/abc"), [404, ""]);
  assert.equal(challenges.answerTo("abc"), "abc.thumb");
  await challenges.close();
  assert.equal(challenges.answerTo("abc"), undefined);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
});

test("a port that another program has is one line that says what to do", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const challenges = new HttpChallenges();
  t.after(() => challenges.close());
  await assert.rejects(challenges.open(new Map(), [{ host: "127.0.0.1", port }]), {
    code: "ACME_PORT_TAKEN",
    message: new RegExp(`^127\\.0\\.0\\.1:${port} is taken by another program, .* set tls\\.acme\\.http to false`),
  });
});

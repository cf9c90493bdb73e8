/** A process of its own that sends every message back; it prints its port. For tests of what a whole process has too little of. */

import { openTransport } from "../../src/transport/node/index.ts";

const transport = openTransport({ handler: { onMessage: (text, flow) => void flow.send(text) } });
const listener = await transport.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
process.stdout.write(`${listener.uri.port} ${transport.limits.connections}\n`);
process.once("SIGTERM", () => void transport.close());

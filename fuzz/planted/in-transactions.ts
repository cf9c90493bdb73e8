/** Bugs in transactions, and in what stands on them. */

import type { Planted } from "./contract.ts";

export const cancelLeak: Planted = {
  name: "cancel-leak",
  what: "a CANCEL leaves something behind that looks for its INVITE again and again",
  target: "transaction",
  within: 500,
  plant: (product) => ({
    ...product,
    createTransactionLayer: (options) => {
      const { user, wheel } = options;
      const lookAgain = (): void => void wheel.after(10_000, lookAgain);
      return product.createTransactionLayer({
        ...options,
        user: {
          onRequest: (transaction) => user.onRequest(transaction),
          onAck: (request, flow) => user.onAck(request, flow),
          onStrayResponse: (response, flow) => user.onStrayResponse(response, flow),
          onCancel: (cancel, invite) => {
            if (invite !== undefined) lookAgain();
            user.onCancel(cancel, invite);
          },
        },
      });
    },
  }),
};

export const swappedBranch: Planted = {
  name: "swapped-branch",
  what: "of two INVITEs under way, the response to one is taken for the other's",
  target: "transaction",
  within: 2_000,
  plant: (product) => ({
    ...product,
    createTransactionLayer: (options) => {
      const layer = product.createTransactionLayer(options);
      let last = "";
      let before = "";
      const { receive, send } = layer;
      layer.send = (request, flow, handler) => {
        if (request.method === "INVITE") {
          before = last;
          last = request.branch;
        }
        return send.call(layer, request, flow, handler);
      };
      layer.receive = (text, flow) => {
        const isSwapped = before !== "" && text.startsWith("SIP/2.0 ") && text.includes(last);
        receive.call(layer, isSwapped ? text.replace(last, before) : text, flow);
      };
      return layer;
    },
  }),
};

export const deafServer: Planted = {
  name: "deaf-server",
  what: "after a message that cannot be read, an OPTIONS is not heard",
  target: "server",
  within: 500,
  plant: (product) => ({
    ...product,
    createTransactionLayer: (options) => {
      const { user } = options;
      let isDeaf = false;
      const layer = product.createTransactionLayer({
        ...options,
        user: {
          onRequest: (transaction) => user.onRequest(transaction),
          onAck: (request, flow) => user.onAck(request, flow),
          onStrayResponse: (response, flow) => user.onStrayResponse(response, flow),
          onCancel: (cancel, invite) => user.onCancel(cancel, invite),
          onInvalid: () => {
            isDeaf = true;
          },
        },
      });
      const { receive } = layer;
      layer.receive = (text, flow) => {
        if (!isDeaf || !text.startsWith("OPTIONS")) receive.call(layer, text, flow);
      };
      return layer;
    },
  }),
};

export const lostLine: Planted = {
  name: "lost-line",
  what: "a request that is sent on has lost its last header line but Content-Length",
  target: "transaction",
  within: 500,
  plant: (product) => ({
    ...product,
    createTransactionLayer: (options) => {
      const layer = product.createTransactionLayer(options);
      const { send } = layer;
      layer.send = (request, flow, handler) => {
        const text = request.text.replace(/\r\n[A-Z][a-z]+: [^\r]*(?=\r\nContent-Length: \d+\r\n\r\n)/, "");
        return send.call(layer, { ...request, text }, flow, handler);
      };
      return layer;
    },
  }),
};

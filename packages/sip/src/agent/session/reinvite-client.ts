/** A re-INVITE of ours, from its offer to its ACK, or undone. RFC 3261 §14.1, §12.2.1.2; RFC 4028 §7. */

import type { HeaderLine } from "../../message/build.ts";
import type { Uri } from "../../message/values.ts";
import { draftInDialog, heedOutcome } from "../request/dialog-request.ts";
import { Redirections } from "../request/redirections.ts";
import type { ChangeAttempt } from "./change-attempt.ts";
import type { SessionHost } from "./host.ts";
import { InviteClient, type InviteClientHost } from "./invite-client.ts";
import type { Leg } from "./leg.ts";
import type { ModifyOptions, SessionBody } from "./values.ts";

export class ReinviteClient {
  readonly #session: SessionHost;
  readonly #leg: Leg;
  readonly #options: ModifyOptions;
  readonly #redirections: Redirections;
  #client: InviteClient | undefined;

  constructor(session: SessionHost, leg: Leg, options: ModifyOptions) {
    this.#session = session;
    this.#leg = leg;
    this.#options = options;
    this.#redirections = new Redirections(leg.dialog.remoteTarget, session.house.environment.limits.redirects);
  }

  /** Rejects when its owner made no offer; all else is in the result. */
  async run(onSent: () => void): Promise<ChangeAttempt> {
    const { withoutOffer, purpose = "change", signal } = this.#options;
    const { over } = this.#session;
    const occasion = { method: "INVITE", purpose } as const;
    const body = withoutOffer === true ? undefined : await this.#leg.negotiation.offer(occasion, this.#options.body);
    onSent();
    const cancel = (): void => this.#client?.cancel([]);
    signal?.addEventListener("abort", cancel, { once: true });
    over.addEventListener("abort", cancel, { once: true });
    const done = await new Promise<ChangeAttempt>((resolve) => {
      this.#send(body, undefined, resolve);
      if (signal?.aborted) cancel();
    });
    signal?.removeEventListener("abort", cancel);
    over.removeEventListener("abort", cancel);
    return done;
  }

  #send(body: SessionBody | undefined, target: Uri | undefined, resolve: (done: ChangeAttempt) => void): void {
    const session = this.#session;
    const leg = this.#leg;
    const headers: HeaderLine[] = [
      ...session.lines.request("INVITE", leg),
      ...session.sessionTimer.requestLines(),
      ...(this.#options.headers ?? []),
    ];
    const parts = { ...session.lines.inDialog("INVITE", leg), headers, body };
    const draft = draftInDialog(leg.dialog, session.identity, parts, target);
    this.#client = new InviteClient(session.house.environment, draft, this.#host(body, resolve));
    this.#client.start();
  }

  #host(body: SessionBody | undefined, resolve: (done: ChangeAttempt) => void): InviteClientHost {
    const session = this.#session;
    const leg = this.#leg;
    return {
      identity: session.identity,
      purpose: this.#options.purpose ?? "change",
      nextSequence: () => leg.dialog.nextSequence(),
      legOf: (response) => (response.toTag === leg.remoteTag || leg.remoteTag === "" ? leg : undefined),
      inDialogParts: (method) => ({
        ...session.lines.inDialog(method, leg),
        headers: session.lines.request(method, leg),
      }),
      onProgress: () => {},
      onSuccess: (_leg, response, { flow }) => {
        session.learn(response, leg);
        session.heed(response, leg, flow);
        leg.dialog.refreshTarget(response);
        session.sessionTimer.onSuccess(response);
        return true;
      },
      onAcknowledged: (_leg, response, answer, fault) => {
        if (fault === undefined) {
          resolve({ result: { response, body: answer } });
          return;
        }
        resolve({ error: fault });
        session.leave("negotiation", {});
      },
      onBroken: () => this.#client?.cancel([]),
      onFailure: (outcome) => {
        const { response } = outcome;
        const isWanted = this.#options.signal?.aborted !== true && !session.over.aborted;
        const next = response !== undefined && isWanted ? this.#redirections.after(response) : undefined;
        if (next !== undefined) {
          session.house.environment.counters.redirectsFollowed++;
          this.#send(body, next, resolve);
          return;
        }
        leg.negotiation.rollBack();
        const onUsageLost = (status: number): void => session.onUsageLost(leg, status);
        heedOutcome(leg.dialog, { method: "INVITE", onUsageLost }, outcome);
        resolve({ outcome });
      },
    };
  }
}

/** Plays a scenario, lets time pass until everything must have ended, and looks at what is left. */

import { buildResponse, type SipRequest } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";
import { changeDraft } from "../input/change-message.ts";
import { loadCorpus } from "../input/corpus.ts";
import { draftOf, textOf } from "../input/draft.ts";
import { Random } from "../input/random.ts";
import { Call } from "./call.ts";
import { checkAcks, checkForwarded, checkNothingLeft } from "./end-laws.ts";
import { followUp, withCredentials } from "./follow.ts";
import { peerCount } from "./make-steps.ts";
import { Peer, type Received } from "./peer.ts";
import type { Step } from "./steps.ts";
import { peerAddress, type World, type WorldMaker } from "./world.ts";

/** More than Timer C and all that may come behind it. */
const mostWaitMs = 1_200_000;
const stepMs = 5;

/** Throws what was broken; returns what came of it in short. */
export async function play(worlds: WorldMaker, steps: readonly Step[]): Promise<string> {
  const [first] = steps;
  const world = worlds.open(first?.do === "house" ? first.name : undefined);
  const scene = new Scene(world);
  for (const step of steps) {
    scene.act(step);
    await scene.pass(stepMs);
  }
  await scene.end();
  return scene.summary();
}

interface Sent {
  readonly text: string;
  readonly peer: Peer;
  readonly flow: Flow;
}

class Scene {
  readonly #world: World;
  readonly #peers: Peer[];
  readonly #call: Call;
  readonly #sent: Sent[] = [];
  /** Some of which a change may have made requests. */
  readonly #answers: string[] = [];
  #areLinksSound = true;
  #isAlike = true;
  #isOpen = true;

  constructor(world: World) {
    this.#world = world;
    this.#peers = Array.from({ length: peerCount }, (_, peer) => new Peer(world.network, peerAddress(peer)));
    this.#call = new Call(world.network, world.calleeUri);
  }

  /** Promises settle before, between and after: connections that are opened, look-ups. */
  async pass(ms: number): Promise<void> {
    const { clock } = this.#world;
    for (const part of [0, Math.min(ms, 2), Math.max(0, ms - 2)]) {
      clock.advance(part);
      for (let n = 0; n < 4; n++) await null;
    }
    this.#raise();
  }

  act(step: Step): void {
    const { network } = this.#world;
    switch (step.do) {
      case "send":
        this.#send(this.#peers[step.peer]!, step.by, step.text);
        break;
      case "answer":
        this.#answer(step.nth, step.status, step.change);
        break;
      case "again": {
        const sent = this.#nth(step.nth);
        for (let n = 0; sent !== undefined && n < step.times; n++) sent.flow.send(sent.text);
        break;
      }
      case "follow":
        this.#follow(step.nth, step.method, step.times, step.change);
        break;
      case "house":
        break;
      case "login":
        this.#login(step.nth, step.change);
        break;
      case "wait":
        this.#world.clock.advance(step.ms);
        break;
      case "sleep":
        this.#world.clock.jump(step.ms);
        break;
      case "configure":
        this.#world.configure?.(step.name);
        // Not every house lets everybody through.
        this.#isAlike = false;
        break;
      case "shut":
        this.#world.close();
        this.#isOpen = false;
        break;
      case "close":
        for (const connection of this.#peers[step.peer]!.transport.connections) connection.close();
        break;
      case "cut":
        network.cut(peerAddress(step.peer));
        break;
      case "mend":
        network.mend(peerAddress(step.peer));
        break;
      case "links":
        this.#areLinksSound = step.loss === 0 && step.twice === 0 && step.late === 0;
        network.conditions = {
          ...network.conditions,
          lossRate: step.loss,
          duplicateRate: step.twice,
          reorderRate: step.late,
        };
        break;
      case "call":
        this.#call.goOn();
        break;
      default:
        step satisfies never;
    }
  }

  /** Peers say nothing more; connections end; then nothing may be left. */
  async end(): Promise<void> {
    const { clock, network } = this.#world;
    for (let peer = 0; peer < peerCount; peer++) network.mend(peerAddress(peer));
    for (let waited = 0; waited < mostWaitMs; waited += 20_000) {
      await this.pass(20_000);
      if (Object.values(this.#world.held()).every((count) => count === 0)) break;
    }
    for (const peer of this.#peers) for (const connection of peer.transport.connections) connection.close();
    clock.advance(10);
    if (this.#areLinksSound && this.#isAlike && this.#isOpen) this.#call.check();
    if (this.#isOpen) await this.#probe();
    this.#checkEnd();
  }

  summary(): string {
    const statuses = new Set<number>();
    for (const peer of this.#peers) for (const { message } of peer.responses) statuses.add(message.status);
    const requests = this.#peers.some((peer) => peer.requests.length > 0) ? "forwarded " : "";
    return requests + [...statuses].sort((a, b) => a - b).join(",");
  }

  async #probe(): Promise<void> {
    const { optionsUri, network } = this.#world;
    if (optionsUri === undefined) return;
    network.conditions = { ...network.conditions, lossRate: 0 };
    this.#call.probe(optionsUri);
    await this.pass(50);
    this.#call.checkProbe();
    await this.pass(40_000);
  }

  #checkEnd(): void {
    checkNothingLeft(this.#world);
    const texts = [...this.#sent.map(({ text }) => text), ...this.#answers];
    checkAcks(this.#peers, texts);
    checkForwarded(this.#peers, texts);
  }

  #raise(): void {
    const { errors } = this.#world;
    if (errors.length > 0) throw errors[0];
    for (const { fault } of [...this.#peers, this.#call.caller, this.#call.callee])
      if (fault !== undefined) throw fault;
  }

  #send(peer: Peer, by: "udp" | "tcp", text: string): void {
    const flow = peer.flow(by);
    if (flow === undefined) return;
    this.#sendOn(peer, flow, text);
  }

  #sendOn(peer: Peer, flow: Flow, text: string): void {
    this.#sent.push({ text, peer, flow });
    flow.send(text);
  }

  #nth(nth: number): Sent | undefined {
    return this.#sent.length === 0 ? undefined : this.#sent[nth % this.#sent.length];
  }

  #answer(nth: number, status: number, change: number): void {
    const all: Received<SipRequest>[] = this.#peers.flatMap(({ requests }) => requests);
    const received = all.length === 0 ? undefined : all[nth % all.length];
    if (received === undefined || received.message.method === "ACK") return;
    const { message, flow } = received;
    const contact = [["Contact", `<sip:answers@${flow.local.address}:5060>`]] as const;
    const text = buildResponse(message, status, { toTag: `a${nth}`, headers: contact, recordRoute: true });
    const sent = changed(text, change);
    this.#answers.push(sent);
    flow.send(sent);
  }

  #follow(nth: number, method: string, times: number, change: number): void {
    const sent = this.#nth(nth);
    if (sent === undefined) return;
    const answers = sent.peer.responses.filter(({ message }) => sent.text.includes(message.callId ?? "\0"));
    const answer = answers.find(({ message }) => message.status >= 200)?.message;
    const routes = answer?.headers("Record-Route").flatMap((line) => line.split(/,\s*/)) ?? [];
    const text = changed(followUp(sent.text, method, answer?.toTag, routes), change);
    this.#sent.push({ ...sent, text });
    for (let n = 0; n < times; n++) sent.flow.send(text);
  }

  #login(nth: number, change: number): void {
    const sent = this.#nth(nth);
    if (sent === undefined) return;
    const challenge = sent.peer.responses.findLast(
      ({ message }) => (message.status === 401 || message.status === 407) && sent.text.includes(message.callId ?? "\0"),
    );
    if (challenge === undefined) return;
    const text = withCredentials(sent.text, challenge.message, this.#world.password ?? "");
    if (text !== undefined) this.#sendOn(sent.peer, sent.flow, changed(text, change));
  }
}

function changed(text: string, change: number): string {
  if (change === 0) return text;
  const draft = draftOf(text);
  changeDraft(new Random(change, 0), draft, loadCorpus());
  return textOf(draft);
}

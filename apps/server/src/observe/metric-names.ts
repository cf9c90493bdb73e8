/** Names and meanings of the metrics, by the dotted names that threads report. One place, because dashboards depend on them. */

export interface MetricName {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly labels?: Readonly<Record<string, string>>;
}

const counter = (name: string, help: string, labels?: Readonly<Record<string, string>>): MetricName =>
  labels === undefined ? { name, help, type: "counter" } : { name, help, type: "counter", labels };
const gauge = (name: string, help: string, labels?: Readonly<Record<string, string>>): MetricName =>
  labels === undefined ? { name, help, type: "gauge" } : { name, help, type: "gauge", labels };

/** One family whose members differ in one label. */
function labelled(key: string, name: string, help: string, label: string, values: readonly string[]) {
  return Object.fromEntries(values.map((value) => [`${key}.${value}`, counter(name, help, { [label]: value })]));
}

const refused = "Connections turned away, by what was against them.";
const tooMuch = "Messages with too much of something, by the limit; they count as invalid, too.";
const httpCut = "HTTP requests and connections ended by a limit.";
const cut = "Connections ended by a limit.";
const discarded = "Datagrams and streams that were no SIP, by reason.";
const connections = "Connections by what became of them.";
const denied = "Datagrams and connections of banned and denied sources, dropped unread.";
const transactions = "Transactions now alive.";
const created = "Transactions begun.";
const authentications = "Digest answers that came, by what they were worth.";
const limited = "Requests over the limit of their source, dropped or answered 503.";
const registrations = "REGISTER requests, by outcome.";
const shed = "New requests answered 503 because there was too much to do, by class.";
const told = "What next hops said of their load (RFC 7339), by what it was worth.";
const tlsReloads = "Times that certificates were read again, but for those with the configuration.";
const acmeOrders = "Certificates asked for from an authority, by outcome.";
const forwarded = "Messages that the proxy forwarded.";

export const metricNames: Readonly<Record<string, MetricName>> = {
  "transport.received": counter("trapezoid_sip_messages_received_total", "SIP messages received."),
  "transport.sent": counter("trapezoid_sip_messages_sent_total", "SIP messages sent, retransmissions included."),
  "transport.receivedBytes": counter("trapezoid_sip_received_bytes_total", "Octets of SIP messages received."),
  "transport.sentBytes": counter("trapezoid_sip_sent_bytes_total", "Octets of SIP messages sent."),
  "transport.garbage.not-sip": counter("trapezoid_sip_discarded_total", discarded, { reason: "not-sip" }),
  "transport.garbage.too-large": counter("trapezoid_sip_discarded_total", discarded, { reason: "too-large" }),
  "transport.garbage.bad-framing": counter("trapezoid_sip_discarded_total", discarded, { reason: "bad-framing" }),
  "transport.garbage.incomplete": counter("trapezoid_sip_discarded_total", discarded, { reason: "incomplete" }),
  "transport.keepAlives": counter("trapezoid_sip_keepalives_total", "Keep-alives answered (CRLF and STUN)."),
  "transport.sendErrors": counter("trapezoid_sip_send_errors_total", "Messages that could not be sent."),
  "transport.queueFull": counter("trapezoid_sip_queue_full_total", "Messages refused by a connection's full queue."),
  "transport.connectionsOpened": counter("trapezoid_sip_connections_total", connections, { event: "opened" }),
  "transport.connectionsClosed": counter("trapezoid_sip_connections_total", connections, { event: "closed" }),
  "transport.deniedDatagrams": counter("trapezoid_sip_denied_total", denied, { what: "datagram" }),
  "transport.deniedConnections": counter("trapezoid_sip_denied_total", denied, { what: "connection" }),
  ...labelled("transport.connectionsRefused", "trapezoid_sip_connections_refused_total", refused, "reason", [
    "connections",
    "connectionsPerAddress",
    "handshake",
    "upgrade",
    "accept",
  ]),
  ...labelled("transport.connectionsCut", "trapezoid_sip_connections_cut_total", cut, "limit", [
    "connections",
    "connectionsPerAddress",
    "handshakes",
    "handshakesPerAddress",
    "handshakeMs",
    "connectMs",
    "firstMessageMs",
    "messageMs",
    "outboundIdleMs",
    "stalledMs",
    "keepAlivesPerMinute",
    "webSocketPingMs",
    "webSocketPieces",
  ]),
  // As the configuration names it.
  "transport.connectionsCut.inboundIdleMs": counter("trapezoid_sip_connections_cut_total", cut, {
    limit: "connectionIdleMs",
  }),
  "transport.readsPaused": counter("trapezoid_sip_reads_paused_total", "Peers not read because they take nothing."),
  "transport.connections": gauge("trapezoid_sip_connections", "Connections now open."),
  "transport.handshakes": gauge("trapezoid_sip_handshakes", "TLS and WebSocket handshakes of peers under way."),
  "transport.unproven": gauge("trapezoid_sip_connections_unproven", "Peers' connections without a message so far."),
  "transactions.serverTransactions": gauge("trapezoid_sip_transactions", transactions, { role: "server" }),
  "transactions.clientTransactions": gauge("trapezoid_sip_transactions", transactions, { role: "client" }),
  "transactions.serverCreated": counter("trapezoid_sip_transactions_created_total", created, { role: "server" }),
  "transactions.clientCreated": counter("trapezoid_sip_transactions_created_total", created, { role: "client" }),
  "transactions.retransmissionsSent": counter("trapezoid_sip_retransmissions_sent_total", "Retransmissions sent."),
  "transactions.retransmissionsReceived": counter(
    "trapezoid_sip_retransmissions_received_total",
    "Retransmissions received and absorbed.",
  ),
  "transactions.timeouts": counter("trapezoid_sip_transaction_timeouts_total", "Transactions that timed out."),
  "transactions.invalid": counter("trapezoid_sip_invalid_messages_total", "Messages without what a transaction needs."),
  "threadQueue.waitingBytes": gauge("trapezoid_thread_queue_bytes", "Octets of messages that wait for other threads."),
  "threadQueue.refused": counter(
    "trapezoid_thread_queue_refused_total",
    "Messages refused because a thread is behind.",
  ),
  ...labelled("http", "trapezoid_http_cut_total", httpCut, "limit", [
    "httpRequestMs",
    "httpIdleMs",
    "httpBodyBytes",
    "malformed",
  ]),
  ...labelled("transactions.tooMuch", "trapezoid_sip_messages_too_much_total", tooMuch, "limit", [
    "headerBytes",
    "headerCount",
    "headerLineBytes",
    "uriBytes",
    "vias",
    "routes",
    "listValues",
    "bodyBytes",
  ]),
  "transactions.stray": counter("trapezoid_sip_stray_responses_total", "Responses that matched no transaction."),
  "proxy.contexts": gauge("trapezoid_proxy_contexts", "Response contexts now alive: requests being forwarded."),
  "proxy.contextsCreated": counter("trapezoid_proxy_contexts_created_total", "Response contexts begun."),
  "proxy.branches": counter("trapezoid_proxy_branches_total", "Branches tried."),
  "proxy.forwardedRequests": counter("trapezoid_proxy_forwarded_total", forwarded, {
    kind: "request",
    state: "stateful",
  }),
  "proxy.forwardedResponses": counter("trapezoid_proxy_forwarded_total", forwarded, {
    kind: "response",
    state: "stateful",
  }),
  "proxy.statelessRequests": counter("trapezoid_proxy_forwarded_total", forwarded, {
    kind: "request",
    state: "stateless",
  }),
  "proxy.statelessResponses": counter("trapezoid_proxy_forwarded_total", forwarded, {
    kind: "response",
    state: "stateless",
  }),
  "proxy.cancelled": counter("trapezoid_proxy_branches_cancelled_total", "Branches cancelled."),
  "proxy.timerC": counter("trapezoid_proxy_timer_c_total", "Branches given up by timer C."),
  "proxy.loops": counter("trapezoid_proxy_loops_total", "Requests refused as loops."),
  "proxy.droppedAcks": counter("trapezoid_proxy_dropped_acks_total", "ACKs that led nowhere."),
  "proxy.droppedResponses": counter("trapezoid_proxy_dropped_responses_total", "Responses that led nowhere."),
  "proxy.recursions": counter("trapezoid_proxy_recursions_total", "Redirections followed."),
  "engine.requests": counter("trapezoid_requests_total", "Requests that began a transaction."),
  "engine.challenged": counter("trapezoid_requests_challenged_total", "Requests answered with a challenge."),
  "engine.refused": counter("trapezoid_requests_refused_total", "Requests refused."),
  "engine.routeErrors": counter("trapezoid_route_errors_total", "Routes that threw or returned no plan."),
  "engine.handedOver": counter("trapezoid_messages_handed_over_total", "Messages given to the worker they belong to."),
  "engine.draining": counter("trapezoid_requests_refused_draining_total", "Requests refused while shutting down."),
  "transactions.refused": counter(
    "trapezoid_sip_transactions_refused_total",
    "Requests refused by the transaction limit.",
  ),
  "transactions.expired": counter(
    "trapezoid_sip_transactions_expired_total",
    "Requests never answered by this server.",
  ),
  "transactions.userErrors": counter("trapezoid_internal_errors_total", "Exceptions while handling messages."),
  "authentication.succeeded": counter("trapezoid_authentications_total", authentications, { outcome: "right" }),
  "authentication.wrong": counter("trapezoid_authentications_total", authentications, { outcome: "wrong" }),
  "authentication.stale": counter("trapezoid_authentications_total", authentications, { outcome: "stale" }),
  "registrar.registered": counter("trapezoid_registrations_total", registrations, { outcome: "stored" }),
  "registrar.queried": counter("trapezoid_registrations_total", registrations, { outcome: "queried" }),
  "registrar.refused": counter("trapezoid_registrations_total", registrations, { outcome: "refused" }),
  "registrar.storeFailures": counter("trapezoid_registrations_total", registrations, { outcome: "store-failed" }),
  "guard.limitedStrangers": counter("trapezoid_requests_limited_total", limited, { source: "stranger" }),
  "guard.limitedKnown": counter("trapezoid_requests_limited_total", limited, { source: "known" }),
  "guard.scanners": counter("trapezoid_scanner_requests_total", "Requests of known scanners, unanswered."),
  "guard.throttledSignIns": counter(
    "trapezoid_throttled_sign_ins_total",
    "Credentials not looked at: too many wrong ones for their account, or from their source.",
  ),
  "guard.offences": counter("trapezoid_offences_total", "Sources that a thread wanted banned."),
  "guard.bans": gauge("trapezoid_bans", "Bans in force."),
  "guard.bansMade": counter("trapezoid_bans_made_total", "Bans that were made by themselves."),
  "guard.takeovers": counter("trapezoid_takeover_alarms_total", "Registrations from unusual places."),
  "store.commits": counter("trapezoid_store_commits_total", "Commits to the disk.", { outcome: "done" }),
  "store.failedCommits": counter("trapezoid_store_commits_total", "Commits to the disk.", { outcome: "failed" }),
  "store.updates": counter("trapezoid_store_updates_total", "Registrations written."),
  "store.refused": counter(
    "trapezoid_store_refused_total",
    "Registrations refused by the store: out of order, too many.",
  ),
  "store.expired": counter("trapezoid_store_expired_total", "Addresses whose contacts have expired."),
  "store.waiting": gauge("trapezoid_store_waiting", "Registrations that wait for their commit."),
  "store.clients": gauge("trapezoid_store_clients", "Threads connected to the store."),
  "overload.shed.stranger": counter("trapezoid_overload_shed_total", shed, { class: "stranger" }),
  "overload.shed.invite": counter("trapezoid_overload_shed_total", shed, { class: "invite" }),
  "overload.shed.other": counter("trapezoid_overload_shed_total", shed, { class: "other" }),
  "overload.shed.refresh": counter("trapezoid_overload_shed_total", shed, { class: "refresh" }),
  "overload.shed.again": counter(
    "trapezoid_overload_repetitions_total",
    "Repetitions of requests that had just been turned away, which got no answer of their own.",
  ),
  "overload.active": gauge("trapezoid_overload_active", "1 while new requests are turned away."),
  "overload.begun": counter("trapezoid_overloads_total", "How often turning away has begun."),
  "overload.share": gauge("trapezoid_overload_admitted_ratio", "Share of new requests that is let in, 0 to 1."),
  "overload.lagMs": gauge("trapezoid_event_loop_lag_ms", "How late the event loop was, of the last 100 ms."),
  "overload.busy": gauge("trapezoid_event_loop_busy_ratio", "Share of the last 100 ms with work to do, 0 to 1."),
  "overload.full": gauge("trapezoid_tables_full_ratio", "How full the fullest table of transactions or contexts is."),
  "overload.told": counter("trapezoid_overload_told_total", "Responses that told a peer how much to send (RFC 7339)."),
  "nextHops.loads.heard": counter("trapezoid_next_hop_loads_total", told, { outcome: "heard" }),
  "nextHops.loads.stale": counter("trapezoid_next_hop_loads_total", told, { outcome: "stale" }),
  "nextHops.loads.unusable": counter("trapezoid_next_hop_loads_total", told, { outcome: "unusable" }),
  "nextHops.loads.kept": counter("trapezoid_next_hop_kept_total", "Requests kept from next hops that asked for less."),
  "nextHops.silent.kept": counter(
    "trapezoid_next_hop_kept_silent_total",
    "Requests kept from next hops that did not answer.",
  ),
  "nextHops.silent.silent": gauge("trapezoid_next_hops_silent", "Next hops that do not answer now."),
  "nextHops.loads.limiting": gauge("trapezoid_next_hops_limiting", "Next hops that ask for less now."),
  "tls.reloads": counter("trapezoid_tls_reloads_total", tlsReloads, { outcome: "done" }),
  "tls.failures": counter("trapezoid_tls_reloads_total", tlsReloads, { outcome: "failed" }),
  "acme.issued": counter("trapezoid_acme_orders_total", acmeOrders, { outcome: "issued" }),
  "acme.failures": counter("trapezoid_acme_orders_total", acmeOrders, { outcome: "failed" }),
  timers: gauge("trapezoid_timers", "Timers armed."),
  "heap.usedBytes": gauge("trapezoid_thread_heap_used_bytes", "JavaScript heap in use, by thread."),
  "heap.totalBytes": gauge("trapezoid_thread_heap_total_bytes", "JavaScript heap reserved, by thread."),
  "heap.externalBytes": gauge("trapezoid_thread_external_bytes", "Memory outside the JavaScript heap, by thread."),
};

/** A name for what the table does not know yet, so that no number is lost. */
export function fallbackMetricName(key: string): MetricName {
  const snake = key
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase();
  return gauge(`trapezoid_${snake}`, key);
}

/** `/metrics`: the numbers of every thread in Prometheus text. Counting costs the threads nothing; they are asked at each scrape. */

import { readdirSync } from "node:fs";
import { openFilesLimit } from "@trapezoid/sip/transport/node";
import { Counter, Gauge, Registry } from "prom-client";
import { fallbackMetricName, type MetricName, metricNames } from "./metric-names.ts";

/** What one thread says of itself. */
export interface ThreadStats {
  /** `worker-1`, `store`, `main`. */
  readonly thread: string;
  readonly stats: Readonly<Record<string, number>>;
}

export interface MetricsOptions {
  readonly version: string;
  readonly collect: () => Promise<readonly ThreadStats[]>;
  /** Those that are shown to clients now. */
  readonly certificates?: () => readonly { readonly name: string; readonly expiresAt: number }[];
}

export interface Metrics {
  readonly contentType: string;
  /** Asks every thread and writes it down. */
  text(): Promise<string>;
}

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  new Gauge({
    name: "trapezoid_build_info",
    help: "Version.",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version: options.version, node: process.versions.node }, 1);
  processMetrics(registry);
  certificateMetrics(registry, options.certificates ?? (() => []));
  const families = new Map<string, Counter | Gauge>();
  return {
    contentType: registry.contentType,
    async text() {
      const threads = await options.collect();
      // Threads report totals, so each family is written anew.
      for (const family of families.values()) family.reset();
      for (const { thread, stats } of threads) {
        for (const [key, value] of Object.entries(stats)) {
          const metric = metricNames[key] ?? fallbackMetricName(key);
          let family = families.get(metric.name);
          if (family === undefined) {
            family = createFamily(metric, registry);
            families.set(metric.name, family);
          }
          family.inc({ thread, ...metric.labels }, value);
        }
      }
      return registry.metrics();
    },
  };
}

function createFamily(metric: MetricName, registry: Registry): Counter | Gauge {
  const options = {
    name: metric.name,
    help: metric.help,
    labelNames: ["thread", ...Object.keys(metric.labels ?? {})],
    registers: [registry],
  };
  return metric.type === "counter" ? new Counter(options) : new Gauge(options);
}

function certificateMetrics(registry: Registry, certificates: NonNullable<MetricsOptions["certificates"]>): void {
  new Gauge({
    name: "trapezoid_tls_certificate_expiry_seconds",
    help: "When each certificate ends, in seconds since 1970.",
    labelNames: ["name"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, expiresAt } of certificates()) this.set({ name }, Math.floor(expiresAt / 1000));
    },
  });
}

// prom-client's own collection samples the event loop a hundred times a second; these cost nothing between scrapes.
function processMetrics(registry: Registry): void {
  const registers = [registry];
  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of all threads, user and system.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: "process_open_fds",
    help: "Open files and sockets.",
    registers,
    collect() {
      const open = openFiles();
      if (open !== undefined) this.set(open);
    },
  });
  new Gauge({
    name: "process_max_fds",
    help: "Files and sockets that the system lets the process have open.",
    registers,
  }).set(openFilesLimit() ?? Number.POSITIVE_INFINITY);
  new Gauge({ name: "process_start_time_seconds", help: "When it started, since the epoch.", registers }).set(
    Date.now() / 1000 - process.uptime(),
  );
}

function openFiles(): number | undefined {
  try {
    // Reading the folder opens it.
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}

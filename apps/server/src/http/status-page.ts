/** `/`: what runs here, in one page of plain HTML. */

import type { ServerStatus } from "./sources.ts";

/** What strangers are told: nothing but that it runs. */
export function strangersPage(): string {
  return page("<h1>Trapezoid</h1><p>A SIP server runs here.</p>");
}

export function statusPage(status: ServerStatus, registrations: number, accounts: number): string {
  const rows: readonly (readonly [string, string])[] = [
    ["State", status.state],
    ["Version", status.version],
    ["Up for", duration(status.uptimeSeconds)],
    ["Domains", status.domains.join(", ")],
    ["Listening", status.listeners.join("\n")],
    ["Accounts", String(accounts)],
    ["Registered contacts", String(registrations)],
  ];
  const table = rows
    .map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`)
    .join("");
  return page(
    `<h1>Trapezoid</h1><table>${table}</table>
<p>Numbers: <a href="/metrics">/metrics</a>. Health: <a href="/health">/health</a>. Programs use /api/v1 with the token in the data folder's file api-token.</p>`,
  );
}

function page(body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Trapezoid</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}
th{text-align:left;vertical-align:top;padding-right:2rem;font-weight:600}td{white-space:pre-line}</style></head>
<body>${body}</body></html>
`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Firefox without a screen: it opens one page, whose script does what is to be done and reports. */

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { type PageScript, servePage } from "./page-server.ts";
import { PeerProcess } from "./peer-process.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { waitUntil } from "./wait.ts";

/** A microphone and a camera that beep and blink, no questions, nothing sent to anybody. */
const preferences: Readonly<Record<string, boolean | number>> = {
  "media.navigator.permission.disabled": true,
  "media.navigator.streams.fake": true,
  "media.autoplay.default": 0,
  "media.autoplay.blocking_policy": 0,
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  // H.264 would be fetched from elsewhere.
  "media.gmp-manager.updateEnabled": false,
  "media.gmp-gmpopenh264.enabled": false,
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.poll_interval": 2_147_483,
  "toolkit.telemetry.enabled": false,
};

/** What the page has reported. */
export async function reportOfFirefox(script: PageScript, timeoutMs: number): Promise<unknown> {
  await using folder = await makeTempFolder("firefox");
  await using server = await servePage(script);
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${value});\n`);
  await writeFile(folder.file("user.js"), lines.join(""));
  await using sound = await startSound(folder);
  await using firefox = new PeerProcess({
    name: "firefox",
    command: "firefox-esr",
    args: ["--headless", "--no-remote", "--profile", folder.path, server.origin],
    env: { HOME: folder.path, ...sound.env },
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Firefox reported nothing in ${timeoutMs} ms:\n${firefox.output}`)),
      timeoutMs,
    );
  });
  try {
    return JSON.parse(await Promise.race([server.report, late]));
  } finally {
    clearTimeout(timer);
  }
}

/** Firefox's clock of sound is the sound card's: here is one that nobody hears. */
async function startSound(folder: TempFolder): Promise<AsyncDisposable & { readonly env: Record<string, string> }> {
  const socket = folder.file("sound");
  const server = new PeerProcess({
    name: "pulseaudio",
    command: "pulseaudio",
    args: [
      ...["--daemonize=no", "--exit-idle-time=-1", "-n"],
      ...["-L", "module-null-sink", "-L", `module-native-protocol-unix socket=${socket} auth-anonymous=1`],
    ],
    env: { HOME: folder.path, XDG_RUNTIME_DIR: folder.path },
  });
  await waitUntil(() => existsSync(socket), { what: "PulseAudio's socket" });
  return { env: { PULSE_SERVER: `unix:${socket}` }, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

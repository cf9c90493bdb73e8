/** A law that an input broke: what every target throws, and what a finding is named by. */

/** With its slash at the end. */
const root = new URL("../../", import.meta.url).pathname;

export class LawBroken extends Error {
  /** Names the law; inputs that break the same one are one finding. */
  readonly law: string;

  constructor(law: string, detail: string) {
    super(`${law}: ${detail}`);
    this.name = "LawBroken";
    this.law = law;
  }
}

/** `detail` is made only when it is needed. */
export function law(holds: boolean, name: string, detail: () => string): asserts holds {
  if (!holds) throw new LawBroken(name, detail());
}

/** Text for a person: escaped, and short. */
export function shown(text: string | undefined, most = 160): string {
  if (text === undefined) return "nothing";
  return JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text);
}

/** What sets one finding apart from another: the law, or the place that threw. */
export function signatureOf(error: unknown): string {
  if (error instanceof LawBroken) return error.law;
  if (!(error instanceof Error)) return `throws ${typeof error}`;
  const places = (error.stack ?? "").split("\n").filter((line) => line.includes(root));
  const frame = /at (?:async )?(?:(\S+) \()?\S*?$/.exec(places[0] ?? "");
  const file = (places[0] ?? "").split(root)[1]?.split(":")[0];
  return `throws ${error.name} in ${frame?.[1] ?? "a function"} of ${file ?? "an unknown file"}`;
}

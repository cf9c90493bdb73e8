/** Which instance of the user this page is: the same after a reload, another one in each tab. RFC 5626 §4.1. */

export interface PageStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface PageInstance {
  /** `urn:uuid:…` */
  readonly id: string;
  /** Leaves it for the page that comes after this one in the same tab. */
  leave(): void;
}

/** @param storage The tab's; `undefined` where the page may have none: then each load is another instance. */
export function takePageInstance(address: string, storage: PageStorage | undefined): PageInstance {
  const key = `trapezoid:instance:${address}`;
  const kept = storage?.getItem(key);
  // A tab that is duplicated takes a copy of the storage along: so nothing lies there while a page is using it.
  storage?.removeItem(key);
  const id = kept?.startsWith("urn:uuid:") ? kept : `urn:uuid:${randomUuid()}`;
  return { id, leave: () => storage?.setItem(key, id) };
}

/** The tab's storage; `undefined` where the browser forbids it. */
export function tabStorage(): PageStorage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined;
  }
}

/** RFC 9562 §5.4. `crypto.randomUUID` is there on secure pages alone. */
function randomUuid(): string {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[6] = (octets[6]! & 0x0f) | 0x40;
  octets[8] = (octets[8]! & 0x3f) | 0x80;
  const hex = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

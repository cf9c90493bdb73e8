/** Header fields that say where a message came from and goes. RFC 3261 §20.22, §20.30, §20.34, §20.42; RFC 3327, 3608, 5393. */

import { defineHeader } from "../define-header.ts";
import type { HeaderField, NameAddr, Via as ViaValue } from "../values.ts";
import { formatVia, parseVia, parseViaAt } from "../via.ts";
import { addressField, integerField } from "./kinds.ts";

export type Via = ViaValue;
/** §20.42: `sent-protocol LWS sent-by *( SEMI via-params )`. */
export const Via: HeaderField<Via> = defineHeader({
  name: "Via",
  compact: "v",
  list: true,
  parse: parseVia,
  parseAt: (text, start, end) => parseViaAt(text, start, end),
  format: formatVia,
});

/** §20.34: `name-addr *( SEMI rr-param )`; so are the next three. */
export const Route: HeaderField<NameAddr> = addressField("Route", true);
/** §20.30. */
export const RecordRoute: HeaderField<NameAddr> = addressField("Record-Route", true);
/** RFC 3327 §4. */
export const Path: HeaderField<NameAddr> = addressField("Path", true);
/** RFC 3608 §5. */
export const ServiceRoute: HeaderField<NameAddr> = addressField("Service-Route", true);

/** §20.22: `1*DIGIT`, 0 to 255. */
export const MaxForwards: HeaderField<number> = integerField("Max-Forwards", 255);
/** RFC 5393 §5.8: `1*DIGIT`. */
export const MaxBreadth: HeaderField<number> = integerField("Max-Breadth", 0xffff_ffff);

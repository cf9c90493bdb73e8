/** The table's rows of private networks: IMS and PacketCable. */

import * as f from "../fields.ts";
import { RefusedMembers } from "../param-fields/consent.ts";
import * as ims from "../param-fields/ims.ts";
import * as packetcable from "../param-fields/packetcable.ts";
import { type HeaderFieldEntry, row } from "./entry.ts";

const { IcidValue, IcidGeneratedAt, OrigIoi, TermIoi, TransitIoi, RelatedIcid, RelatedIcidGeneratedAt } = ims;
const vector = [IcidValue, IcidGeneratedAt, OrigIoi, TermIoi, TransitIoi, RelatedIcid, RelatedIcidGeneratedAt];
const access = [
  ...[ims.NetworkProvided, ims.Cgi3gpp, ims.UtranCellId3gpp, ims.UtranSai3gpp, ims.WlanNodeId, ims.DslLocation],
  ...[ims.EthLocation, ims.FiberLocation, ims.GstnLocation, ims.Ci3gpp2, ims.Ci3gpp2Femto, ims.DvbRcs2NodeId],
  ...[ims.LocalTimeZone, ims.OperatorSpecificGi],
];
const { RksGroup, BillingCharge, BillingCalling, BillingCalled, BillingRouting, BillingLocalRouting } = packetcable;
const billing = [RksGroup, BillingCharge, BillingCalling, BillingCalled, BillingRouting, BillingLocalRouting];
const { LaesContent, LaesBcid, LaesCccid } = packetcable;

export const privateRows: readonly HeaderFieldEntry[] = [
  row(f.PMediaAuthorization, "hexadecimal digits", "3313 §5.1", "INVITE, ACK, PRACK, UPDATE; 1xx, 2xx"),
  row(f.PUserDatabase, "URI", "4457", "requests"),
  row(f.PAnswerState, "state", "4964 §7.1", "18x, 2xx to INVITE; NOTIFY"),
  row(f.PProfileKey, "address", "5002", "requests"),
  row(f.PEarlyMedia, "token", "5009 §9", "INVITE, PRACK, UPDATE; 18x, 2xx"),
  row(f.PRefusedUriList, "address", "5318", "403", RefusedMembers),
  row(
    f.PServedUser,
    "address",
    "5502 §6, RFC 8498 §6.2",
    "requests",
    ...[ims.SessionCase, ims.RegistrationState, ims.OrigCdiv],
  ),
  row(f.PDcsTracePartyId, "address", "5503 §5.1", "INVITE", packetcable.TraceTimestamp),
  row(f.PDcsOsps, "token", "5503 §6.1", "INVITE, UPDATE"),
  row(f.PDcsBillingInfo, "two identifiers", "5503 §7.1", "INVITE", ...billing, packetcable.BillingJip),
  row(f.PDcsLaes, "host and port", "5503 §8.1", "INVITE", LaesContent, LaesBcid, LaesCccid),
  row(f.PDcsRedirect, "URI", "5503 §8.1", "INVITE", packetcable.RedirectorUri, packetcable.RedirectCount),
  row(f.PAssertedService, "URN", "6050 §4.1", "requests"),
  row(f.PPreferredService, "URN", "6050 §4.2", "requests"),
  row(f.PAssociatedUri, "address", "7315 §5.1", "2xx to REGISTER"),
  row(f.PCalledPartyId, "address", "7315 §5.2", "requests"),
  row(f.PVisitedNetworkId, "token or text", "7315 §5.3", "requests"),
  row(f.PAccessNetworkInfo, "access type", "7315 §5.4", "all", ...access),
  row(f.PChargingFunctionAddresses, "parameters", "7315 §5.5", "all", ims.Ccf, ims.Ecf, ims.Ccf2, ims.Ecf2),
  row(f.PChargingVector, "parameters", "7315 §5.6", "all", ...vector),
  row(f.PPrivateNetworkIndication, "host name", "7316", "requests"),
  row(f.PChargeInfo, "address", "8496 §6", "INVITE"),
];

/** Parameters of the IP Multimedia Subsystem's header fields. RFC 7315 §5.4–5.6, RFC 5502 §6, RFC 8498 §6.2. */

import { choiceParam, flagParam, listParam, type ParamField, textParam, valueParam } from "../param-field.ts";

/** RFC 7315 §5.6: of P-Charging-Vector, as are those below: the charging identifier. */
export const IcidValue: ParamField<string> = valueParam("icid-value");
/** The host that made it. */
export const IcidGeneratedAt: ParamField<string> = valueParam("icid-generated-at");
export const OrigIoi: ParamField<string> = valueParam("orig-ioi");
export const TermIoi: ParamField<string> = valueParam("term-ioi");
/** `name "." index` or `void`, in the order of the networks. */
export const TransitIoi: ParamField<readonly string[]> = listParam("transit-ioi");
export const RelatedIcid: ParamField<string> = valueParam("related-icid");
export const RelatedIcidGeneratedAt: ParamField<string> = valueParam("related-icid-generated-at");

/** RFC 7315 §5.5: of P-Charging-Function-Addresses, as are those below: offline charging. */
export const Ccf: ParamField<string> = valueParam("ccf");
export const Ccf2: ParamField<string> = valueParam("ccf-2");
/** Online charging. */
export const Ecf: ParamField<string> = valueParam("ecf");
export const Ecf2: ParamField<string> = valueParam("ecf-2");

/** RFC 8498 §6.2: of P-Served-User, as are those below. */
export const SessionCase: ParamField<"orig" | "term"> = choiceParam("sescase", ["orig", "term"]);
export const RegistrationState: ParamField<"unreg" | "reg"> = choiceParam("regstate", ["unreg", "reg"]);
export const OrigCdiv: ParamField<true> = flagParam("orig-cdiv");

/** RFC 7315 §5.4: of P-Access-Network-Info, as are those below: the network, not the phone, says so. */
export const NetworkProvided: ParamField<true> = flagParam("network-provided");
export const Cgi3gpp: ParamField<string> = valueParam("cgi-3gpp");
export const UtranCellId3gpp: ParamField<string> = valueParam("utran-cell-id-3gpp");
export const UtranSai3gpp: ParamField<string> = valueParam("utran-sai-3gpp");
export const WlanNodeId: ParamField<string> = valueParam("i-wlan-node-id");
export const DslLocation: ParamField<string> = valueParam("dsl-location");
export const EthLocation: ParamField<string> = valueParam("eth-location");
export const FiberLocation: ParamField<string> = valueParam("fiber-location");
export const GstnLocation: ParamField<string> = valueParam("gstn-location");
export const Ci3gpp2: ParamField<string> = valueParam("ci-3gpp2");
export const Ci3gpp2Femto: ParamField<string> = valueParam("ci-3gpp2-femto");
export const DvbRcs2NodeId: ParamField<string> = textParam("dvb-rcs2-node-id");
export const LocalTimeZone: ParamField<string> = textParam("local-time-zone");
export const OperatorSpecificGi: ParamField<string> = valueParam("operator-specific-GI");

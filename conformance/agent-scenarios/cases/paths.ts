/** The paths of scenarios, by their project. */

export const siphon = (name: string): string => `siphon-rs/${name}.xml`;
export const drachtio = (name: string): string => `drachtio-server/test/scenarios/${name}.xml`;
export const srf = (name: string): string => `drachtio-srf/test/scenarios/${name}.xml`;
export const inbound = (name: string): string => `jambonz-sbc-inbound/test/scenarios/${name}.xml`;
export const outbound = (name: string): string => `jambonz-sbc-outbound/test/scenarios/${name}.xml`;
export const routr = (name: string): string => `routr/etc/scenarios/${name}.xml`;
export const builtin = (name: string): string => `sipp-builtin/${name}.xml`;
export const kamailio = (name: string): string => `kamailio-tests/units/${name}.xml`;

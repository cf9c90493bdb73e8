/** Agreement on a security mechanism with the first hop. RFC 3329 §2.2. */

import type { HeaderField, Params } from "../values.ts";
import { tokenParamsField } from "./param-kinds.ts";

export interface SecurityMechanism {
  /** `digest`, `tls`, `ipsec-ike`, `ipsec-man`, `ipsec-3gpp`, or an extension. */
  readonly mechanism: string;
  readonly params: Params;
}

/** `mechanism-name *( SEMI ( q / d-alg / d-qop / d-ver / generic-param ) )`. */
function securityField(name: string): HeaderField<SecurityMechanism> {
  return tokenParamsField<SecurityMechanism>(name, {
    list: true,
    of: (mechanism, params) => ({ mechanism, params }),
    token: (value) => value.mechanism,
  });
}

export const SecurityClient: HeaderField<SecurityMechanism> = securityField("Security-Client");
export const SecurityServer: HeaderField<SecurityMechanism> = securityField("Security-Server");
export const SecurityVerify: HeaderField<SecurityMechanism> = securityField("Security-Verify");

/** What a SOAP fault means when the adapter does not say. */
import { CallFailure } from "../failure.ts";
import type { SoapFault } from "./check-envelope.ts";

const WS_SECURITY = /^http:\/\/(docs\.oasis-open\.org\/wss|schemas\.xmlsoap\.org\/ws)\//;
const ENVELOPE_REFUSED = new Set(["VersionMismatch", "MustUnderstand"]);
const SECURITY_CODES = new Set([
  "FailedAuthentication",
  "FailedCheck",
  "InvalidSecurity",
  "InvalidSecurityToken",
  "MessageExpired",
  "SecurityTokenUnavailable",
  "UnsupportedAlgorithm",
  "UnsupportedSecurityToken",
]);

/** The adapter's reading of a fault, else the usual one: security and envelope are our setting, all else may have had an effect. */
export function faultFailure(system: string, fault: SoapFault, onFault?: (fault: SoapFault) => CallFailure | undefined): CallFailure {
  const read = onFault?.(fault);
  if (read) return read;
  const ours =
    ENVELOPE_REFUSED.has(fault.code) ||
    WS_SECURITY.test(fault.codeNamespace ?? "") ||
    [fault.code, fault.subcode ?? ""].some((code) => SECURITY_CODES.has(code));
  if (ours) return new CallFailure("misconfigured", `${system}: credentials or envelope were refused`, { code: "SOAP_SECURITY" });
  return new CallFailure("unknown", `${system}: the system answered with a SOAP fault`, { code: "SOAP_FAULT" });
}

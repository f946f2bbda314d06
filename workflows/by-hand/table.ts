/** Services written by hand, by the name that `workflow:` gives in their YAML. */
import type { HandWritten } from "./hand-written-case.ts";
import { residenceCertificate } from "./residence-certificate.ts";

export const byHand: Readonly<Record<string, HandWritten>> = { residenceCertificate };

/** The mapping between the domicile contract and INAD's answers. Pure. */
import { z } from "zod";
import { contractBroken, rejected } from "../../failure.ts";
import { IsoDate } from "../../shared-types.ts";
import type { DigitalDomicile } from "../contract.ts";

const UsageInfo = z.looseObject({ motivation: z.string().optional(), dateEndValidity: z.string().optional() });
const Extracted = z.looseObject({
  codiceFiscale: z.string(),
  since: z.string().optional(),
  digitalAddress: z.array(
    z.looseObject({ digitalAddress: z.email(), practicedProfession: z.string().nullish(), usageInfo: UsageInfo.nullish() }),
  ),
});

/** INAD's own error body. `detail` may repeat what was asked, so it is never shown; a gateway's problem has a `govway_id`. */
const InadError = z.looseObject({ status: z.union([z.string(), z.number()]), detail: z.string(), govway_id: z.undefined().optional() });

export const isInadError = (body: unknown): boolean => InadError.safeParse(body).success;

export const noDomicile = () => rejected("NO_DOMICILE", "domicile: no digital domicile is elected and in force");

/** The domicile in force at this instant: the person's own before a professional one. */
export function toDomicile(body: unknown, taxCode: string, now: Date): DigitalDomicile {
  const { success, data } = Extracted.safeParse(body);
  if (!success) throw contractBroken("SCHEMA", "domicile: the answer is not an extract of INAD");
  if (data.codiceFiscale.toUpperCase() !== taxCode) throw contractBroken("ANOTHER_PERSON", "domicile: the answer is about another person");
  const inForce = data.digitalAddress.filter(({ usageInfo }) => !isOver(usageInfo?.dateEndValidity, now));
  const chosen = inForce.find(({ practicedProfession }) => !practicedProfession) ?? inForce[0];
  if (!chosen) throw noDomicile();
  const since = IsoDate.safeParse(data.since?.slice(0, 10)).data;
  return {
    address: chosen.digitalAddress,
    ...(chosen.practicedProfession ? { profession: chosen.practicedProfession } : {}),
    ...(since === undefined ? {} : { since }),
  };
}

function isOver(end: string | undefined, now: Date): boolean {
  if (end === undefined) return false;
  const at = Date.parse(end);
  if (Number.isNaN(at)) throw contractBroken("SCHEMA", "domicile: the end of a domicile's validity cannot be read");
  return at <= now.getTime();
}

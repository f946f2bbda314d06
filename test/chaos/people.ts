/** Requests of invented people whose names, codes and words are marked: none of the marks may ever be seen in a log, an id or an attribute. */
import type { JsonObject } from "../../connectors/json.ts";
import { inventTaxCode } from "../../connectors/registry/anpr/sample-people.ts";
import { Random } from "../../cases/simulation/random.ts";

/** Words that stand in every request, answer and file. */
export const marks = ["Xylomarcata", "Qwertivaldo", "segnodipersona", "AB987YZ"] as const;
/** An Italian tax code, of whomever. */
export const TAX_CODE = /\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b/i;

export type Service = "disabled-parking-pass" | "residence-certificate" | "patronage-request";
export type Ending = "grant" | "refuse" | "withdraw";

/** What will be asked for, and what its people will do. */
export interface Wish {
  readonly key: string;
  readonly service: Service;
  /** Another request of the same service, for the same key: to be refused. */
  body(file: JsonObject, other?: boolean): JsonObject;
  readonly ending: Ending;
  /** When the applicant withdraws: once this is asked of somebody, or at once. */
  readonly withdrawsAt?: "start" | "decision" | "payment";
  /** The office asks for a correction first. */
  readonly corrected: boolean;
  /** The same request is sent again once it was answered, or twice at the same time. */
  readonly again: "no" | "later" | "twice";
  /** The payment service tells the gateway, too. */
  readonly tells: boolean;
}

/** The n-th wish of a seed. */
export function wishOf(seed: string | number, n: number): Wish {
  const random = new Random(seed).of(`wish ${n}`);
  const service = random.pick(["disabled-parking-pass", "disabled-parking-pass", "residence-certificate", "patronage-request"] as const);
  const duplicate = random.chance(0.6);
  const withdraws = random.chance(0.15);
  const pays = service === "disabled-parking-pass" && duplicate;
  const withdrawsAt = random.pick(["start", "decision", ...(pays ? (["payment"] as const) : [])] as const);
  const ending = withdraws ? "withdraw" : random.chance(0.25) ? "refuse" : "grant";
  const applicant = {
    taxCode: inventTaxCode((random.int(0, 9_999) * 1_000 + n) % 20_000_000),
    familyName: "Xylomarcata",
    givenName: "Qwertivaldo",
  };
  return {
    key: `chaos-${seed}-${n}`,
    service,
    ending,
    ...(withdraws ? { withdrawsAt } : {}),
    corrected: random.chance(0.2),
    again: random.pick(["no", "no", "later", "twice"] as const),
    tells: random.chance(0.3),
    body: (file, other = false) => bodyOf(service, { applicant, duplicate, file, other }),
  };
}

interface Parts {
  applicant: JsonObject;
  duplicate: boolean;
  file: JsonObject;
  other: boolean;
}

function bodyOf(service: Service, { applicant, duplicate, file, other }: Parts): JsonObject {
  if (service === "residence-certificate") return { applicant, use: other ? "public-body" : "private" };
  if (service === "disabled-parking-pass") {
    const kind = other ? "renewal" : duplicate ? "duplicate" : "new";
    return { applicant, vehicle: { plate: "AB987YZ" }, kind, medicalCertificate: file };
  }
  return {
    association: { code: "01234567897", name: "Associazione Xylomarcata", representative: applicant },
    initiative: "cultural",
    name: other ? "Un'altra festa" : "Festa segnodipersona",
    from: "2027-05-01",
    to: "2027-05-02",
    description: "Una festa che non esiste.",
    programme: file,
  };
}

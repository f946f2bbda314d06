/** The population register by ANPR's SOAP services for municipalities. */
import { type Adapter, adapter, WithWarnings } from "../../adapter.ts";
import type { OutputOf } from "../../contract.ts";
import { rejected } from "../../failure.ts";
import type { JsonObject } from "../../json.ts";
import { type AddressChange, type CertificateRequest, type Household, type Resident, registry } from "../contract.ts";
import { AnprConfig } from "./config.ts";
import { findInOrder, QUEUE_MS, readInOrder, writeInOrder } from "./ordered.ts";
import { connect, type Context, headerNow, markOf, meaningOf, refusal } from "./session.ts";
import { fromAnswer, householdFromAnswer, toRequest, type Verdict } from "./wire.ts";
import { toAddressChange } from "./wire-5005.ts";
import { toCertificateRequest } from "./wire-6001.ts";

export { AnprConfig } from "./config.ts";

/**
 * ANPR takes operation ids in rising order only, so one request per municipality is under way at a time: throughput is 1 / latency. A call
 * waits for its turn inside the activity (`queueMs`), and therefore never goes the short way.
 */
export const anpr: Adapter = adapter(registry, {
  name: "anpr",
  title: "ANPR, the national population register (SOAP)",
  config: AnprConfig,
  connect,
  // The key of a write is the id that was drawn for it: the same id gets the first answer again. After five sends it is looked up.
  recovery: { changeAddress: { by: "key", thenFind: true }, issueCertificate: { by: "key", thenFind: true } },
  queueMs: QUEUE_MS,
  find: {
    changeAddress: (_, context) => findAs(context, registry.changeAddress),
    issueCertificate: (_, context) => findAs(context, registry.issueCertificate),
  },
  operations: { findResident, findHousehold, changeAddress, issueCertificate },
});

function findResident({ taxCode }: { taxCode: string }, context: Context): Promise<Resident | WithWarnings<Resident>> {
  const { card, municipality } = context.session.config;
  return readInOrder(context, registry.findResident, person(context, taxCode, card), (result, id) =>
    outputOf(fromAnswer(result, { id, taxCode, municipality }), context),
  );
}

function findHousehold({ taxCode }: { taxCode: string }, context: Context): Promise<Household | WithWarnings<Household>> {
  const { householdCard, municipality } = context.session.config;
  return readInOrder(context, registry.findHousehold, person(context, taxCode, householdCard), (result, id) =>
    outputOf(householdFromAnswer(result, { id, taxCode, municipality }), context),
  );
}

function person(context: Context, taxCode: string, card: string) {
  const requestedData = context.session.config.requestedData.split(",").filter((code) => code !== "");
  return { operation: "3002" as const, message: toRequest(headerNow(context, "3002"), { taxCode, card, requestedData }) };
}

function outputOf<T>(verdict: Verdict<T>, { session: { config } }: Context): T | WithWarnings<T> {
  switch (verdict.kind) {
    case "found":
      return verdict.warnings.length > 0 ? new WithWarnings(verdict.output, verdict.warnings) : verdict.output;
    case "elsewhere":
      throw refusal("NOT_RESIDENT", "NOT_RESIDENT");
    case "deceased":
      throw refusal("DECEASED", "DECEASED");
    case "nobody":
      throw refusal("NOT_FOUND", "NOT_FOUND");
    case "refused":
      throw refusal(meaningOf(verdict.code, config), verdict.code);
  }
}

type Changed = OutputOf<typeof registry.changeAddress>;

async function changeAddress(change: AddressChange, context: Context): Promise<Changed | WithWarnings<Changed>> {
  const { addressChangeCode, addressKind } = context.session.config;
  const mark = markOf(context.key);
  const header = headerNow(context, "5005", { protocol: change.protocolNumber ?? mark, since: change.since });
  const message = toAddressChange(header, change, mark, { change: addressChangeCode, address: addressKind });
  return kept<Changed>(await writeInOrder(context, registry.changeAddress, { operation: "5005", message }));
}

type Issued = OutputOf<typeof registry.issueCertificate>;

async function issueCertificate(asked: CertificateRequest, context: Context): Promise<Issued | WithWarnings<Issued>> {
  const { certificateCodes, officerFamilyName, officerGivenName } = context.session.config;
  const code = certificateCodes[asked.kind];
  if (code === undefined) throw rejected("KIND_NOT_SET", `the settings name no ANPR code for a certificate of ${asked.kind}`);
  if (!officerFamilyName || !officerGivenName) throw rejected("OFFICER_NOT_SET", "the settings name no registry officer for certificates");
  const header = headerNow(context, "6001", { protocol: markOf(context.key) });
  const message = toCertificateRequest(header, asked, { code, officer: { familyName: officerFamilyName, givenName: officerGivenName } });
  return kept<Issued>(await writeInOrder(context, registry.issueCertificate, { operation: "6001", message }));
}

async function findAs<Op extends typeof registry.changeAddress | typeof registry.issueCertificate>(
  context: Context,
  operation: Op,
): Promise<OutputOf<Op> | undefined> {
  const found = await findInOrder(context, operation);
  return found?.["output"] as OutputOf<Op> | undefined;
}

/** A result as it was kept with its id. */
function kept<T>(result: JsonObject): T | WithWarnings<T> {
  const { output, warnings } = result as unknown as { output: T; warnings?: string[] };
  return warnings ? new WithWarnings<T>(output, warnings) : output;
}

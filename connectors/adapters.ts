/** All adapters: the one list that the worker reads. A municipality's overlay names one per contract. */
import type { Adapter } from "./adapter.ts";
import { nameOf } from "./contract.ts";
import { localDocuments } from "./documents/local/adapter.ts";
import { inad } from "./domicile/inad/adapter.ts";
import { appIo } from "./messages/app-io/adapter.ts";
import { email } from "./messages/email/adapter.ts";
import { pagopaGpd } from "./payments/pagopa-gpd/adapter.ts";
import { docarea } from "./protocol/docarea/adapter.ts";
import { anpr } from "./registry/anpr/adapter.ts";
import { municipalXml } from "./tax/municipal-xml/adapter.ts";

export const adapters: readonly Adapter[] = [anpr, docarea, municipalXml, pagopaGpd, appIo, email, localDocuments, inad];

/** The adapter of a contract by its name in overlays, `adapterFor("payments", "pagopa-gpd")`; undefined when there is none. */
export const adapterFor = (contract: string, name: string): Adapter | undefined =>
  adapters.find((one) => nameOf(one.contract) === contract && one.name === name);

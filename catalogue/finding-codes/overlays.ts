/** Findings about what a municipality adds to the services that it shares. */
import type { FindingCode } from "../findings.ts";

export const overlayCodes = {
  "unknown-office": {
    level: "error",
    title: "A municipality that offers the service has no such office",
    why: "The decision would wait for an office that nobody works in.",
    wrong: "office: parkingPermits   # municipalities/milano.yaml has mobilityPermits",
    right: "office: mobilityPermits",
  },
  "unknown-fee": {
    level: "error",
    title: "A municipality that offers the service lacks a fee or a table entry",
    why: "The service reads it from the overlay; a case would stop there and wait for an operator.",
    wrong: "fees: {}   # and a service that reads overlay.fees.passDuplicate",
    right: "fees: { passDuplicate: 1000 }",
  },
  "unknown-contract": {
    level: "error",
    title: "There is no such contract",
    why: "`adapters` says for each contract by which adapter it is fulfilled.",
    wrong: "adapters: { registro: anpr }",
    right: "adapters: { registry: anpr }",
  },
  "unknown-adapter": {
    level: "error",
    title: "The contract has no such adapter",
    why: "The worker would not start.",
    wrong: "adapters: { protocol: docares }",
    right: "adapters: { protocol: docarea }",
  },
  "missing-adapter": {
    level: "error",
    title: "A contract has no adapter in this municipality",
    why: "Each contract is fulfilled by one adapter. The worker would not start.",
    wrong: "adapters: { registry: anpr }",
    right:
      "adapters: { registry: anpr, protocol: docarea, tax: municipal-xml, payments: pagopa-gpd, messages: app-io, documents: local, domicile: inad }",
  },
  "unknown-step": {
    level: "error",
    title: "A patch, or a duration, of a step that does not exist",
    why: "The service has changed since the overlay was written: the municipality would get something else than it meant.",
    wrong: "patches: { disabled-parking-pass: { fees: { within: P10D } } }",
    right: "patches: { disabled-parking-pass: { fee: { within: P10D } } }",
  },
  "unknown-text": {
    level: "error",
    title: "A text that the service does not have",
    why: "The service would go on showing its own text.",
    wrong: "texts: { disabled-parking-pass: { outcom: ... } }",
    right: "texts: { disabled-parking-pass: { outcome: ... } }",
  },
  patch: {
    level: "error",
    title: "A patch does not fit",
    why: "With the patch the step is no step any more, or the service has a mistake that it does not have without.",
    wrong: "patches: { disabled-parking-pass: { fee: { call: 5 } } }",
    right: "patches: { disabled-parking-pass: { fee: { title: { en: Duplicate, it: Duplicato } } } }",
  },
} as const satisfies Record<string, FindingCode>;

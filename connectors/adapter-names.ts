/** The adapters of each contract by name, without their code: what `darsena check` and editors need to know. */
export const adapterNames: Readonly<Record<string, readonly string[]>> = {
  registry: ["anpr"],
  protocol: ["docarea"],
  tax: ["municipal-xml"],
  payments: ["pagopa-gpd"],
  messages: ["app-io", "email"],
  documents: ["local"],
  domicile: ["inad"],
};

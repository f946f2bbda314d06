/** docs/settings.md: every variable that Darsena reads. */
import { z } from "zod";
import type { Adapter } from "../../connectors/adapter.ts";
import { adapters } from "../../connectors/adapters.ts";
import { nameOf } from "../../connectors/contract.ts";
import { systemVariable } from "../configuration/systems.ts";
import { variables } from "../configuration/settings.ts";
import { code, page, table } from "./markdown.ts";
import { type Member, membersOf } from "./schema-words.ts";

/** Variables that are not settings of the worker or the gateway, and who reads them. */
const others: readonly [name: string, reader: string, meaning: string][] = [
  ["TEMPORAL_CLI", "`darsena up`, tests", "path of the `temporal` command; when it is set, no other place is tried"],
  [
    "DARSENA_CACHE",
    "`darsena up`, tests",
    "folder where an obtained `temporal` command is kept; `~/.cache/darsena` unless told (`XDG_CACHE_HOME` is heeded)",
  ],
  ["DARSENA_URL", "`darsena`", "address of the gateway; `http://127.0.0.1:8080` unless told"],
  ["NO_COLOR", "`darsena`", "no colours, whatever its value"],
  ["DARSENA_REQUIRE", "`npm test`", "`all`: a suite that is skipped for want of a tool is a failure"],
  ["DARSENA_SKIP", "`npm test`", "tools to do without, by commas: their suites are skipped"],
  ["CHROMIUM", "`npm test`", "path of the browser; `chromium` or `google-chrome` on the PATH unless told"],
];

/** The page. */
export const settingsPage = (): string =>
  page(
    "Settings",
    "Darsena is set by environment variables, read once at start. An empty variable counts as absent. What is missing or wrong is named, all at once, " +
      "with the variable and the reason and never the value; nothing starts half-configured. `npm start` needs none of them: it draws the secret, starts " +
      "Temporal and PostgreSQL, and points every system that has no setting at its simulator. Which adapter serves a contract stands in the municipality's " +
      "overlay ([municipalities/milano.yaml](../municipalities/milano.yaml)).",
    "## Worker, gateway and `npm start`",
    table(
      ["variable", "meaning", "takes", "unless told"],
      membersOf(z.object(variables)).map((member) => row(member.name, member)),
    ),
    "A worker or gateway that is started by itself cannot do without `DATABASE_URL` and `DARSENA_SECRET`. The secret makes the pseudonyms of applicants: " +
      "whoever changes it loses the link to older cases.",
    "## Systems",
    "Each system's variables begin with `DARSENA_` and the contract's name. `npm start` uses the simulator of a system only while none of its variables is " +
      "set. Lists are separated by commas, tables are JSON unless their meaning says otherwise. A variable that looks like a system's and is none of its settings is an error: mostly a slip of " +
      "the pen.",
    ...adapters.map(systemPart),
    "## Every system",
    table(
      ["variable", "meaning", "takes"],
      [
        ["`DARSENA_<CONTRACT>_DEADLINE_MS`", "shortens the deadline of the contract's calls", "whole number"],
        [
          "`DARSENA_<CONTRACT>_SETTLE_MS`",
          "how long after intent and deadline a request that somebody holds may still take effect; until then nothing is sent a second time",
          "whole number",
        ],
      ],
    ),
    "## Read elsewhere",
    table(
      ["variable", "read by", "meaning"],
      others.map(([name, ...rest]) => [code(name), ...rest]),
    ),
  );

function systemPart(adapter: Adapter): string {
  const contract = nameOf(adapter.contract);
  const rows = membersOf(adapter.config).map((member) => row(systemVariable(contract, member.name), member));
  return `### ${contract}: ${adapter.title} (${code(adapter.name)})\n\n${table(["variable", "meaning", "takes", "unless told"], rows)}`;
}

const row = (variable: string, { words, optional, usual, description = "" }: Member): string[] => [
  code(variable),
  description.replaceAll("<", "&lt;"),
  words,
  usual === undefined ? (optional ? "absent" : "**needed**") : code(usual.replaceAll(/^"|"$/g, "") || '""'),
];

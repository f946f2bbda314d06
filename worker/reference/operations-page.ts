/** docs/operations.md: every operation of every contract, for those who write services. */
import type { Adapter } from "../../connectors/adapter.ts";
import { adapters } from "../../connectors/adapters.ts";
import { type Contract, nameOf, type Operation, operationsOf } from "../../connectors/contract.ts";
import { contracts } from "../../connectors/contracts.ts";
import { schemaOf, typeNames } from "../../catalogue/fields.ts";
import { code, page, table } from "./markdown.ts";
import { type Member, membersOf, wordsOf } from "./schema-words.ts";

const effects = { read: "reads", write: "writes", courtesy: "courtesy message" } as const;
const settled = { key: "sent again with the same key", find: "looked up by our reference", person: "a person looks" } as const;

/** The page. */
export const operationsPage = (): string =>
  page(
    "Operations",
    "What a service may `call`. `with` takes the inputs, `steps.<id>` gives the outputs, `rejected` branches on the codes. The deadline bounds one attempt. " +
      'How an unknown outcome is settled is the adapter\'s matter: see "[Calls](../ARCHITECTURE.md#a-call-whose-answer-is-lost)".',
    ...contracts.flatMap((contract) => [
      `## ${nameOf(contract)}`,
      ...operationsOf(contract).map((operation) => operationPart(contract, operation)),
    ]),
    "## Types",
    "Types of request fields and forms. `?` after a type: may be absent. `[]` after a type: a list. Words between bars, `new | renewal`: one of them.",
    table(
      ["type", "takes"],
      typeNames.map((name) => [code(name), shown(schemaOf(name))]),
    ),
  );

function operationPart(contract: Contract, operation: Operation): string {
  const { id, title, effect, deadline, rejections } = operation;
  const facts = [
    `${title}. ${capital(effects[effect])}; deadline ${deadline}.`,
    rejections.length > 0 ? `May be rejected with ${rejections.map(code).join(", ")}.` : "No declared rejection.",
    ...adapters
      .filter((one) => nameOf(one.contract) === nameOf(contract) && effect === "write")
      .map((one) => recoveryOf(one, operation.name)),
  ];
  return [`### ${id}`, facts.join(" "), list("Inputs", membersOf(operation.input)), list("Outputs", membersOf(operation.output))].join(
    "\n\n",
  );
}

function recoveryOf(adapter: Adapter, operation: string): string {
  const recovery = adapter.recovery[operation];
  if (recovery === undefined) return "";
  const then = recovery.by === "key" && recovery.thenFind ? ", then looked up" : "";
  return `A lost answer by ${code(adapter.name)}: ${settled[recovery.by]}${then}.`;
}

const list = (head: string, members: Member[]): string =>
  `${head}: ${members.map(({ name, words, optional }) => `${code(name)}${optional ? " (optional)" : ""}: ${words}`).join("; ") || "none"}.`;

/** A shared type shows its members, since its name alone says nothing here. */
function shown(schema: ReturnType<typeof schemaOf>): string {
  const members = membersOf(schema);
  if (members.length > 0) return members.map(({ name, words, optional }) => `${code(name)}${optional ? "?" : ""}: ${words}`).join("; ");
  const words = wordsOf(schema);
  return meanings[words] ?? words;
}

const meanings: Readonly<Record<string, string>> = {
  TaxCode: "codice fiscale of a person, 16 characters, check character verified",
  IsoDate: "date, `2026-11-22`",
  Cents: "euro cents, a whole number from 1 on",
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

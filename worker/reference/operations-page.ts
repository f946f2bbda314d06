/** docs/operations.md: every operation of every contract, for those who write services. */
import type { Adapter } from "../../connectors/adapter.ts";
import { adapters } from "../../connectors/adapters.ts";
import { type Contract, nameOf, type Operation, operationsOf } from "../../connectors/contract.ts";
import { contracts } from "../../connectors/contracts.ts";
import { code, page } from "./markdown.ts";
import { type Member, membersOf } from "./schema-words.ts";

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
    "`Person`, `TaxCode`, `Address` and the other shared types are told on a page of their own: [types of fields](language/types.md). Here `IsoDate` is a date such as " +
      "`2026-11-22`, `Cents` a whole number of euro cents, `AttachmentRef` an attachment, `Party` a person or an organisation.",
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

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

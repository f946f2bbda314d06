/** All contracts by name: the one list that catalogue, workflows and worker read. */
import { type Contract, nameOf, type Operation, operationsOf } from "./contract.ts";
import { documents } from "./documents/contract.ts";
import { domicile } from "./domicile/contract.ts";
import { messages } from "./messages/contract.ts";
import { payments } from "./payments/contract.ts";
import { protocol } from "./protocol/contract.ts";
import { registry } from "./registry/contract.ts";
import { tax } from "./tax/contract.ts";

export const contracts: readonly Contract[] = [registry, protocol, tax, payments, messages, documents, domicile];

const byId = new Map(contracts.flatMap((one) => operationsOf(one)).map((operation) => [operation.id, operation]));
const names = new Set(contracts.map(nameOf));

/** The operation `<contract>.<operation>`, or undefined when no contract has it. */
export const operationById = (id: string): Operation | undefined => byId.get(id);
export const operationIds = (): string[] => [...byId.keys()];
export const isContractName = (name: string): boolean => names.has(name);

/** The task queue where calls of a contract wait: one per bound system. */
export const systemQueue = (contract: string, role = "default"): string => `system.${contract}.${role}`;

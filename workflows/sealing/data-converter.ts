/** The data converter of every Temporal client and worker of Darsena. Not for workflow code: the codec runs outside the sandbox. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DataConverter } from "@temporalio/common";
import { SealingCodec } from "./codec.ts";

const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const compiled = beside("./failure-converter.js");

export const failureConverterPath: string = existsSync(compiled) ? compiled : beside("./failure-converter.ts");
export const dataConverter: DataConverter = { payloadCodecs: [new SealingCodec()], failureConverterPath };

/** Every migration, in order. A released one is never changed: the next change is the next file. */
import type { Migration } from "../migrate.ts";
import { register } from "./0001-register.ts";
import { definitions } from "./0002-definitions.ts";
import { evidence } from "./0003-evidence.ts";
import { permits } from "./0004-permits.ts";
import { senderWrites } from "./0005-sender-writes.ts";
import { shortWay } from "./0006-short-way.ts";

/** All that this build knows. */
export const migrations: readonly Migration[] = [register, definitions, evidence, permits, senderWrites, shortWay];

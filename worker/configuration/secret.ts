/** The installation secret: pseudonyms are made with it, so it is drawn once and kept for good. */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The secret kept in the state folder, readable by its owner only; drawn when the folder has none. */
export function keptSecret(stateFolder: string): string {
  const file = join(stateFolder, "secret");
  mkdirSync(stateFolder, { recursive: true });
  try {
    writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(file, "utf8").trim();
}

/** The services of the project that the command stands in, as files. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Catalogue, type PinnedService } from "../../catalogue/catalogue.ts";
import { type Finding, readCatalogue } from "../../catalogue/check.ts";
import type { Service } from "../../catalogue/definition.ts";
import { DarsenaError } from "../errors.ts";
import { AnswerIsNo, UsageError } from "./exit-codes.ts";
import { plain } from "./paint.ts";

/** The nearest folder upwards that holds `services/`. */
export function rootOf(path: string): string {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "services"))) return folder;
    if (dirname(folder) === folder) throw new UsageError("there is no folder services here or above; give the path of one");
  }
}

/** The checked services of the project. Findings are shown, and errors end the command: a definition with mistakes is neither published nor drawn. */
export function projectServices(
  cwd: string,
  show: (text: string) => void,
): { services: Service[]; pinned(id: string, municipality: string): PinnedService } {
  const { services, overlays, findings } = readCatalogue(rootOf(cwd));
  if (findings.length > 0) show(`${findings.map(line).join("\n")}\n`);
  if (findings.some(({ level }) => level === "error")) throw new AnswerIsNo("findings");
  return {
    services,
    pinned(id, municipality) {
      const overlay = overlays.find((one) => one.municipality === municipality);
      if (!overlay)
        throw new UsageError(
          `there is no municipality ${municipality} here; there are ${overlays.map((one) => one.municipality).join(", ")}`,
        );
      const pinned = new Catalogue(services, overlay).pinned(id);
      if (!pinned) throw new DarsenaError("UNKNOWN_SERVICE", { detail: `There is no ${id} in this project's services.` });
      return pinned;
    },
  };
}

const line = ({ file, line, column, level, code, message }: Finding): string =>
  `${file}:${line}:${column}  ${level} ${code}  ${plain(message)}`;

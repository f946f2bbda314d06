/** Where the compiled services are: named by DARSENA_CATALOGUE, otherwise those of this build. */
import { fileURLToPath } from "node:url";
import type { Settings } from "../worker/configuration/settings.ts";

/** The folder of the compiled catalogue. */
export const catalogueFolder = (settings: Pick<Settings, "catalogueFolder">): string =>
  settings.catalogueFolder ?? fileURLToPath(new URL("../catalogue-compiled", import.meta.url));

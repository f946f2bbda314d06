/** Makes a new connector known: the lists of contracts, adapters, names and simulators, and the overlays of the municipalities. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConnectorNames } from "./connector-names.ts";
import type { SoapAuth } from "./soap-files.ts";

/** What became of the registration. */
export interface Registration {
  /** Files that were changed. */
  changed: string[];
  /** What must be written by hand, since a file has not the form that is known. */
  byHand: string[];
}

interface Edit {
  file: string;
  /** The new text, the same when it is there already, or undefined when the place cannot be found. */
  apply: (text: string) => string | undefined;
  byHand: string;
}

/** Edits the project's lists, each in one line; a list that looks unlike what is expected is left alone and named. */
export function register(root: string, names: ConnectorNames, auth: SoapAuth = "none"): Registration {
  const result: Registration = { changed: [], byHand: [] };
  for (const { file, apply, byHand } of editsOf(root, names, auth)) {
    const path = join(root, file);
    const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    const after = before === undefined ? undefined : apply(before);
    if (after === undefined) result.byHand.push(`${file}: ${byHand}`);
    else if (after !== before) {
      writeFileSync(path, after);
      result.changed.push(file);
    }
  }
  return result;
}

function editsOf(root: string, names: ConnectorNames, auth: SoapAuth): Edit[] {
  const { folder, contract, adapter, adapterVariable, simulatorVariable } = names;
  const at = `./${folder}/${adapter}`;
  const overlays = ["municipalities", "catalogue/examples/municipalities"].flatMap((at) =>
    existsSync(join(root, at)) ? readdirSync(join(root, at)).flatMap((name) => (name.endsWith(".yaml") ? [`${at}/${name}`] : [])) : [],
  );
  const settings = ["endpoint", ...(auth === "none" ? [] : ['username: "darsena"', 'password: "simulator-password"'])].join(", ");
  const simulatedSystem = `{ contract: "${contract}", adapter: "${adapter}", settings: (endpoint) => ({ ${settings} }) },`;
  const ofProject: Edit[] = [
    listEdit(
      "connectors/contracts.ts",
      `import { ${contract} } from "./${folder}/contract.ts";`,
      /(export const contracts: readonly Contract\[\] = \[)([^\]]*)(\];)/,
      contract,
    ),
    listEdit(
      "connectors/adapters.ts",
      `import { ${adapterVariable} } from "${at}/adapter.ts";`,
      /(export const adapters: readonly Adapter\[\] = \[)([^\]]*)(\];)/,
      adapterVariable,
    ),
    {
      file: "connectors/adapter-names.ts",
      apply: (text) => entry(text, /(export const adapterNames[^=]*= \{\n)([^}]*)(\};)/, contract, `  ${contract}: ["${adapter}"],\n`),
      byHand: `${contract}: ["${adapter}"],`,
    },
    {
      file: "worker/simulators.ts",
      apply: (text) => {
        const listed = entry(text, /(const starters[^{]*\{\n)([^}]*)(\};)/, contract, `  ${contract}: ${simulatorVariable},\n`);
        return listed && withImport(listed, `import { ${simulatorVariable} } from "../connectors/${folder}/${adapter}/simulator.ts";`);
      },
      byHand: `${contract}: ${simulatorVariable}, from ../connectors/${folder}/${adapter}/simulator.ts`,
    },
    ...composeEdit(root, names, auth),
    {
      file: "worker/up/simulated-systems.ts",
      apply: (text) => entry(text, /(\nconst systems = \{\n)([^]*?)(\} satisfies )/, contract, `  ${contract}: ${simulatedSystem}\n`),
      byHand: `${contract}: ${simulatedSystem}`,
    },
  ];
  const ofOverlays = overlays.map((name): Edit => {
    const line = `  ${contract}: ${adapter}\n`;
    return {
      file: name,
      apply: (text) => entry(text, /(^adapters:\n)((?:[ ]{2}\S.*\n)*)()/m, contract, line),
      byHand: `adapters: ${contract}: ${adapter}`,
    };
  });
  return [...ofProject, ...ofOverlays];
}

/** The next port of the simulators, in the composition; before the list of simulators has the new one. */
function composeEdit(root: string, { folder }: ConnectorNames, auth: SoapAuth): Edit[] {
  const [compose, list] = ["docker-compose.yml", "worker/up/simulated-systems.ts"].map((file) => join(root, file));
  if (compose === undefined || list === undefined || !existsSync(compose) || !existsSync(list)) return [];
  const systems = /\nconst systems = \{\n([^]*?)\} satisfies /.exec(readFileSync(list, "utf8"))?.[1] ?? "";
  const base = Number(/DARSENA_SIMULATOR_PORT_BASE: "(\d+)"/.exec(readFileSync(compose, "utf8"))?.[1]);
  const single = systems.match(/^ {2}\w+: \{/gm)?.length ?? 0;
  const further = [...systems.matchAll(/\bports: (\d+)/g)].reduce((sum, [, ports]) => sum + Number(ports) - 1, 0);
  const prefix = `DARSENA_${folder.replaceAll("-", "_").toUpperCase()}`;
  const credentials = auth === "none" ? [] : [`${prefix}_USERNAME: darsena`, `${prefix}_PASSWORD: simulator-password`];
  const lines = [`${prefix}_ENDPOINT: http://simulators:${base + single + further}`, ...credentials]
    .map((line) => `      ${line}\n`)
    .join("");
  const apply = (text: string): string | undefined => {
    if (text.includes(`${prefix}_ENDPOINT:`)) return text;
    const places = [...text.matchAll(/^ {6}DARSENA_\w+_(?:ENDPOINT|BASE_URL): http:\/\/simulators:\d+\n/gm)];
    const last = places.at(-1);
    return last && Number.isFinite(base) ? text.slice(0, last.index) + lines + text.slice(last.index) : undefined;
  };
  return [{ file: "docker-compose.yml", apply, byHand: lines.trim() }];
}

/** An array literal on one or more lines, and the import that its new member needs. */
function listEdit(file: string, importLine: string, array: RegExp, member: string): Edit {
  return {
    file,
    apply: (text) => {
      const found = array.exec(text);
      if (!found) return undefined;
      const [, start = "", inner = "", end = ""] = found;
      const members = inner
        .split(",")
        .map((one) => one.trim())
        .filter(Boolean);
      if (members.includes(member)) return text;
      return withImport(
        text.replace(array, () => `${start}${[...members, member].join(", ")}${end}`),
        importLine,
      );
    },
    byHand: `${importLine} and ${member} in the list`,
  };
}

/** A member of an object literal or of a YAML mapping, at its end. */
function entry(text: string, place: RegExp, key: string, line: string): string | undefined {
  const found = place.exec(text);
  if (!found) return undefined;
  if (new RegExp(`^\\s*${key}:`, "m").test(found[2] ?? "")) return text;
  return text.replace(place, (_, start: string, inner: string, end: string) => `${start}${inner}${line}${end}`);
}

/** After the last import. */
function withImport(text: string, line: string): string | undefined {
  if (text.includes(line)) return text;
  const imports = [...text.matchAll(/^import [^;]*;\n/gm)];
  const last = imports.at(-1);
  if (!last) return undefined;
  const at = last.index + last[0].length;
  return `${text.slice(0, at)}${line}\n${text.slice(at)}`;
}

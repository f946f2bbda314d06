/** A contract's files: the one given and all that it imports or includes, read once each, by path or by URL. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve as resolvePath } from "node:path";
import { decodeXml } from "../transport/decode.ts";
import { openExchange } from "../transport/exchange.ts";
import type { Notes } from "./notes.ts";
import { FileRefused, isSchema, readTree, WSDL, type XmlTree } from "./xml-tree.ts";

/** One file. */
export interface ContractFile {
  /** Absolute path or URL. */
  address: string;
  text: string;
  tree: XmlTree;
  /** What its imports and includes say, and the address that each means. */
  references: { location: string; address: string }[];
}

export const isUrl = (address: string): boolean => /^https?:\/\//i.test(address);

/** The text at a path or URL. A URL is fetched with the limits of the transport; redirects are not followed. */
export async function textAt(address: string): Promise<string> {
  if (!isUrl(address)) {
    if (!existsSync(address)) throw new FileRefused(`there is no file ${address}`);
    return decodeXml("the file", readFileSync(address), undefined);
  }
  const url = new URL(address);
  const exchange = openExchange({ system: "the contract", baseUrl: address, timeoutMs: 20_000 });
  try {
    const answer = await exchange.send({ method: "GET", path: "", signal: AbortSignal.timeout(20_000) });
    if (answer.status !== 200) throw new FileRefused(`${url.origin}${url.pathname} answers with HTTP ${answer.status}`);
    return decodeXml("the contract", answer.bytes, answer.contentType);
  } finally {
    exchange.close();
  }
}

/** Reads the contract with everything that it refers to; a file that is missing is a note, unless it is the first. */
export async function loadDocuments(entry: string, notes: Notes, read = textAt): Promise<ContractFile[]> {
  const first = isUrl(entry) || isAbsolute(entry) ? entry : resolvePath(entry);
  const files = new Map<string, ContractFile>();
  const waiting = [first];
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    if (files.has(address)) continue;
    const file = await one(address, first, notes, read);
    if (!file) continue;
    files.set(address, file);
    waiting.push(...file.references.map((reference) => reference.address));
  }
  return [...files.values()];
}

async function one(
  address: string,
  first: string,
  notes: Notes,
  read: (address: string) => Promise<string>,
): Promise<ContractFile | undefined> {
  let text: string;
  try {
    text = await read(address);
  } catch (error) {
    if (address === first) throw error;
    notes.add("missing-file", nameOf(address));
    return undefined;
  }
  const tree = readTree(text, nameOf(address));
  const references = locationsIn(tree).flatMap((location) => {
    const target = targetOf(address, location);
    // A contract from the disk reaches no network, and one from a host no other host.
    const foreign = isUrl(target) && (!isUrl(first) || new URL(target).host !== new URL(first).host);
    if (foreign) notes.add("remote-file", nameOf(address), location);
    return foreign ? [] : [{ location, address: target }];
  });
  return { address, text, tree, references };
}

const targetOf = (from: string, location: string): string => {
  if (isUrl(location)) return location;
  return isUrl(from) ? new URL(location, from).href : resolvePath(dirname(from), decodeURI(location));
};

/** The last part of an address: paths of a machine stand in no message that is kept. */
export const nameOf = (address: string): string =>
  address
    .replace(/[?#].*$/, "")
    .split(/[/\\]/)
    .pop() || address;

/** Locations of the imports and includes of a file, schemas within a WSDL included. */
function locationsIn(tree: XmlTree): string[] {
  const found: string[] = [];
  const walk = (node: XmlTree): void => {
    if (isSchema(node, "import", "include", "redefine") && node.attributes["schemaLocation"]) found.push(node.attributes["schemaLocation"]);
    if (node.uri === WSDL && node.local === "import" && node.attributes["location"]) found.push(node.attributes["location"]);
    if (node.uri === WSDL || node.local === "schema") for (const child of node.children) walk(child);
  };
  walk(tree);
  return [...new Set(found)];
}

/** Files to keep with the connector: flat names, with the references between them adjusted. The first is the contract itself. */
export function pinned(files: readonly ContractFile[], entryName: string): { name: string; text: string }[] {
  const names = new Map<string, string>();
  for (const [index, { address }] of files.entries()) {
    const plain = index === 0 ? entryName : nameOf(address).replaceAll(/[^\w.-]/g, "_");
    const whole = /\.(xsd|wsdl)$/i.test(plain) ? plain : `${plain}.xsd`;
    const taken = new Set(names.values());
    let name = whole;
    for (let n = 2; taken.has(name); n += 1) name = whole.replace(/\.\w+$/, (ending) => `-${n}${ending}`);
    names.set(address, name);
  }
  return files.map(({ address, text, references }) => {
    let adjusted = text;
    for (const reference of references) {
      const target = names.get(reference.address);
      if (target === undefined) continue;
      const escaped = [reference.location, reference.location.replaceAll("&", "&amp;")];
      for (const location of escaped)
        for (const quote of ['"', "'"])
          adjusted = adjusted.replaceAll(`ocation=${quote}${location}${quote}`, `ocation=${quote}${target}${quote}`);
    }
    // What was decoded is written as UTF-8.
    return { name: names.get(address) ?? entryName, text: adjusted.replace(/^(<\?xml[^>]*?encoding=)(["'])[^"']*\2/, '$1"UTF-8"') };
  });
}

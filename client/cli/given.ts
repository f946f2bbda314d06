/** Values that come on the command line: fields, JSON, files. */
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { CasesClient, Upload } from "../cases-client.ts";
import { UsageError } from "./exit-codes.ts";

/** Collects an option that may be given more than once. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** Sets `a.b[0]=text` or `a.b:=json` in an object, making what is missing on the way. */
export function setField(target: JsonObject, assignment: string): void {
  const found = /^([^=:]+?)(:?=)([^]*)$/.exec(assignment);
  if (!found) throw new UsageError(`"${assignment}" is not field=text or field:=json`);
  const [, path = "", sign, text = ""] = found;
  setAt(target, path, sign === ":=" ? readJson(text, `the value of ${path}`) : text);
}

/** Sets a value at a path such as `documents[0].name`. */
export function setAt(target: JsonObject, path: string, value: Json): void {
  if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*|\[\d{1,3}\])*$/.test(path))
    throw new UsageError(`"${path}" is not a field such as applicant.taxCode or documents[0]`);
  const keys = [...path.matchAll(/\w+/g)].map(([key]) => key);
  if (keys.some((key) => key === "__proto__" || key === "constructor" || key === "prototype"))
    throw new UsageError(`"${path}" is not a field`);
  let here: Record<string, Json> = target;
  for (const [index, key] of keys.entries()) {
    const last = index === keys.length - 1;
    if (last) here[key] = value;
    else {
      const next = here[key];
      if (next === undefined) here[key] = /^\d+$/.test(keys[index + 1] ?? "") ? [] : {};
      else if (next === null || typeof next !== "object") throw new UsageError(`"${path}" goes through a value that is no object`);
      here = here[key] as Record<string, Json>;
    }
  }
}

/** Parses JSON; `what` names it in the error, the value does not appear there. */
export function readJson(text: string, what: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new UsageError(`${what} is not JSON`);
  }
}

/** JSON given as such, or as `@file`. */
export function jsonArgument(argument: string, what: string, cwd: string): Json {
  return argument.startsWith("@") ? readJson(textOf(argument.slice(1), cwd), argument.slice(1)) : readJson(argument, what);
}

/** An object given as JSON in a file, or on stdin with `-`. */
export async function objectFrom(path: string, stdin: Readable, cwd: string): Promise<JsonObject> {
  const text = path === "-" ? Buffer.concat(await stdin.toArray()).toString() : textOf(path, cwd);
  return asObject(readJson(text, path === "-" ? "the input" : path), path);
}

/** The value as an object; anything else is wrong usage. */
export function asObject(value: Json, what: string): JsonObject {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new UsageError(`${what} is not a JSON object`);
  return value;
}

function textOf(path: string, cwd: string): string {
  const file = resolve(cwd, path);
  if (!existsSync(file)) throw new UsageError(`there is no file ${path}`);
  return readFileSync(file, "utf8");
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".pdf": "application/pdf",
  ".p7m": "application/pkcs7-mime",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".png": "image/png",
  ".tif": "image/tiff",
  ".tiff": "image/tiff",
  ".eml": "message/rfc822",
  ".csv": "text/csv",
  ".txt": "text/plain",
  ".xml": "application/xml",
};

/** Uploads the files of `field=file` assignments and puts their references into the object. */
export async function attachAll(
  client: Pick<CasesClient, "attach">,
  assignments: readonly string[],
  target: JsonObject,
  cwd: string,
): Promise<void> {
  const files = assignments.map((assignment) => attachmentOf(assignment, cwd));
  for (const { field, upload } of files) setAt(target, field, { ...(await client.attach(upload())) });
}

/** The file of `field=file`, to be opened for streaming, and the field that shall hold its reference. */
function attachmentOf(assignment: string, cwd: string): { field: string; upload: () => Upload } {
  const at = assignment.indexOf("=");
  const field = assignment.slice(0, at);
  const path = assignment.slice(at + 1);
  if (at < 1 || path === "") throw new UsageError(`"${assignment}" is not field=file`);
  const file = resolve(cwd, path);
  if (!existsSync(file) || !statSync(file).isFile()) throw new UsageError(`there is no file ${path}`);
  const mediaType = MEDIA_TYPES[extname(file).toLowerCase()];
  if (mediaType === undefined) throw new UsageError(`${path} has no ending that is known: ${Object.keys(MEDIA_TYPES).join(", ")}`);
  return { field, upload: () => ({ name: basename(file), mediaType, content: createReadStream(file) }) };
}

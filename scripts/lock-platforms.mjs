/**
 * Completes package-lock.json with the packages of other platforms that the registry in use did not offer when the lockfile was written.
 * Without them `npm ci` calls the lockfile out of step. They carry no hash: a machine of that platform takes them by their exact version.
 * Run after each change of dependencies: `npm run lock`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const file = join(dirname(dirname(fileURLToPath(import.meta.url))), "package-lock.json");
const lock = JSON.parse(readFileSync(file, "utf8"));
const systems = ["android", "darwin", "linux", "win32", "windows", "freebsd", "netbsd", "openbsd", "openharmony", "aix", "sunos"];
const processors = [
  "arm64",
  "x64",
  "x86_64",
  "ia32",
  "armv7",
  "arm",
  "ppc64le",
  "ppc64",
  "s390x",
  "riscv64",
  "loong64",
  "mips64el",
  "wasm32",
];
const names = { windows: "win32", x86_64: "x64", armv7: "arm", ppc64le: "ppc64" };
const found = (name, words) =>
  words
    .filter((word) => new RegExp(`(^|[-/_])${word}([-_]|$|hf|eabi)`).test(name))
    .map((word) => names[word] ?? word)
    .slice(0, 1);

const added = [];
for (const [path, entry] of Object.entries({ ...lock.packages })) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [];
    for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
      places.push(at === "" ? `node_modules/${name}` : `${at}/node_modules/${name}`);
      if (at === "" || !at.includes("/node_modules/")) break;
    }
    if ([...places, `node_modules/${name}`].some((place) => lock.packages[place])) continue;
    const os = found(name, systems);
    const cpu = found(name, processors);
    if (os.length === 0 && cpu.length === 0) throw new Error(`${name}: for which platform is it?`);
    const libc = /musl/.test(name) ? { libc: ["musl"] } : {};
    lock.packages[`node_modules/${name}`] = {
      version: range.replace(/^[\^~]/, ""),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...(os.length > 0 ? { os } : {}),
      ...(cpu.length > 0 ? { cpu } : {}),
      ...libc,
    };
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(added.length > 0 ? `added to the lockfile: ${added.join(", ")}\n` : "the lockfile is complete\n");

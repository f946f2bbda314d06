/** Temporal's Java test server, which skips time: its jars come from Maven once, and are kept in the cache. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { cacheFolder } from "../../worker/embedded/temporal-binary.ts";

export const VERSION = "1.38.0";

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>it.darsena</groupId>
  <artifactId>temporal-test-server-jars</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${VERSION}</version></dependency>
  </dependencies>
</project>
`;

/** Path of a command that starts the server; its first argument is the port. */
export function testServerCommand(cache = cacheFolder(process.env)): string {
  const jars = jarsIn(cache);
  const folder = mkdtempSync(join(tmpdir(), "darsena-test-server-"));
  const command = join(folder, "temporal-test-server");
  const classpath = readdirSync(jars)
    .filter((name) => name.endsWith(".jar"))
    .map((name) => join(jars, name))
    .join(delimiter);
  writeFileSync(command, `#!/bin/sh\nexec java -Xmx512m -cp '${classpath}' io.temporal.testserver.TestServer "$@"\n`);
  chmodSync(command, 0o755);
  return command;
}

/** The folder with the jars; another process that fetches them at the same time does no harm. */
function jarsIn(cache: string): string {
  const wanted = join(cache, `temporal-test-server-${VERSION}`);
  if (existsSync(wanted)) return wanted;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, "fetching-"));
  try {
    writeFileSync(join(draft, "pom.xml"), pom);
    const jars = join(draft, "jars");
    const args = [
      "-q",
      "-B",
      "-f",
      join(draft, "pom.xml"),
      "dependency:copy-dependencies",
      "-DincludeScope=runtime",
      `-DoutputDirectory=${jars}`,
    ];
    const { status, stdout, stderr, error } = spawnSync("mvn", args, { encoding: "utf8", timeout: 300_000 });
    if (status !== 0) throw new Error(`Maven could not fetch the test server: ${error?.message ?? `${stdout}${stderr}`}`);
    try {
      renameSync(jars, wanted);
    } catch (failure) {
      if (!existsSync(wanted)) throw failure;
    }
    return wanted;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

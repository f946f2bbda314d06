/** Examples of the reference: pieces of files that `darsena check` finds right. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the examples stand, below the project's root: a small project of its own. */
export const EXAMPLES = "catalogue/examples";

/**
 * The examples of a file, as Markdown. A piece begins with the comment `# Example: <title>` and what is to be said of it in further
 * comments, and ends at the next one or at `# End of the example`.
 */
export function examplesIn(root: string, file: string): string[] {
  const path = `${EXAMPLES}/${file}`;
  const lines = readFileSync(join(root, path), "utf8").split("\n");
  const starts = lines.flatMap((line, index) => (/^\s*# Example: /.test(line) ? [index] : []));
  const end = lines.findIndex((line) => line.trim() === "# End of the example");
  if (starts.length === 0 || end < 0) throw new TypeError(`${path} has no examples`);
  const pieces = starts.map((start, index) => lines.slice(start, starts[index + 1] ?? end));
  return ["## Examples", `From [${file}](../../${path}).`, ...pieces.flatMap(inMarkdown)];
}

function inMarkdown(lines: readonly string[]): string[] {
  const [first = "", ...rest] = lines;
  const title = first.trim().slice("# Example: ".length);
  const code = rest.findIndex((line) => !line.trim().startsWith("#"));
  const said = rest.slice(0, code).map((line) => line.trim().slice(2));
  const indent = first.length - first.trimStart().length;
  const yaml = rest.slice(code).map((line) => line.slice(indent));
  return [`### ${title}`, ...(said.length > 0 ? [said.join(" ")] : []), `\`\`\`yaml\n${yaml.join("\n").trimEnd()}\n\`\`\``];
}

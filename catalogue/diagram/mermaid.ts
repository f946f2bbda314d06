/** A service as a Mermaid flowchart, which code hosts and editors draw. */
import type { Drawing, GroupPart, Part, StepPart } from "./drawing.ts";
import type { Progress } from "./progress.ts";
import { palette } from "./palette.ts";
import { word } from "./words.ts";

/** The text of a flowchart; with a case's progress, its steps are coloured. */
export function mermaid(drawing: Drawing, progress?: Progress): string {
  return new Flowchart(drawing, progress).text();
}

/** Where an edge comes from, and what is written on it. */
interface Loose {
  from: string;
  label?: string;
}

const brackets: Readonly<Record<StepPart["shape"], readonly [string, string]>> = {
  call: ["[", "]"],
  decide: ["[/", "\\]"],
  ask: ["[/", "/]"],
  wait: ["{{", "}}"],
  set: ["(", ")"],
  run: ["[[", "]]"],
  open: ["[[", "]]"],
  end: ["([", "])"],
};

/** Text that Mermaid takes for nothing but text. */
const escaped = (text: string): string =>
  text
    .replaceAll("#", "#35;")
    .replaceAll("&", "#amp;")
    .replaceAll('"', "#quot;")
    .replaceAll("<", "#lt;")
    .replaceAll(">", "#gt;")
    .replaceAll("`", "#96;")
    .replaceAll(/\s+/g, " ");

const quoted = (...lines: readonly string[]): string => `"${lines.filter(Boolean).map(escaped).join("<br/>")}"`;

/** Ids of steps hold letters and digits only, so that `__` cannot be part of one. */
const idOf = (path: string): string => `s_${path.replaceAll("/", "__")}`;

class Flowchart {
  readonly #drawing: Drawing;
  readonly #progress: Progress | undefined;
  readonly #lines: string[] = [];
  /** Written after all nodes: an edge inside a subgraph would draw its ends into it. */
  readonly #edges: string[] = [];
  readonly #classes = new Map<string, string[]>();
  #depth = 1;

  constructor(drawing: Drawing, progress: Progress | undefined) {
    this.#drawing = drawing;
    this.#progress = progress;
  }

  text(): string {
    const { title, start, parts, finish, withdrawn, byHand } = this.#drawing;
    if (byHand === undefined) {
      this.#node("start", "([", "])", start);
      const last = this.#flow(parts, [{ from: "start" }]);
      if (last.length > 0) {
        this.#node("finish", "([", "])", finish);
        this.#enter("finish", last);
      }
    } else {
      this.#frame("byHand", [byHand], () => {
        for (const part of parts) this.#part(part, []);
      });
    }
    if (withdrawn) this.#frame("withdrawn", [withdrawn.title], () => void this.#flow(withdrawn.parts, []));
    const used = [...this.#classes].filter(([, ids]) => ids.length > 0);
    const styles = used.map(([name]) => `  classDef ${name} ${styleOf(name)}`);
    const given = used.map(([name, ids]) => `  class ${ids.join(",")} ${name}`);
    return `${["---", `title: ${JSON.stringify(title)}`, "---", "flowchart TB", ...this.#lines, ...this.#edges, ...styles, ...given].join("\n")}\n`;
  }

  #line(text: string): void {
    this.#lines.push(`${"  ".repeat(this.#depth)}${text}`);
  }

  #edge(text: string): void {
    this.#edges.push(`  ${text}`);
  }

  #node(id: string, open: string, close: string, ...label: string[]): void {
    this.#line(`${id}${open}${quoted(...label)}${close}`);
  }

  #class(name: string, id: string): void {
    this.#classes.set(name, [...(this.#classes.get(name) ?? []), id]);
  }

  #enter(to: string, from: readonly Loose[]): void {
    for (const one of from) this.#edge(`${one.from} -->${one.label === undefined ? "" : `|${quoted(one.label)}|`} ${to}`);
  }

  #frame(id: string, label: readonly string[], inside: () => void): void {
    this.#line(`subgraph ${id}[${quoted(label.filter(Boolean).join(" · "))}]`);
    this.#depth++;
    inside();
    this.#depth--;
    this.#line("end");
  }

  #flow(parts: readonly Part[], from: readonly Loose[]): Loose[] {
    let loose = [...from];
    for (const part of parts) loose = this.#part(part, loose);
    return loose;
  }

  #part(part: Part, from: readonly Loose[]): Loose[] {
    if (part.condition === undefined) return this.#body(part, from);
    const { language } = this.#drawing;
    const gate = `${idOf(part.path)}_if`;
    this.#node(gate, "{", "}", part.condition);
    this.#enter(gate, from);
    return [...this.#body(part, [{ from: gate, label: word(language, "yes") }]), { from: gate, label: word(language, "no") }];
  }

  #body(part: Part, from: readonly Loose[]): Loose[] {
    if (part.kind === "step") return this.#step(part, from);
    if (part.kind === "frame") {
      let loose: Loose[] = [];
      this.#frame(`${idOf(part.path)}_frame`, [part.title, ...part.notes, this.#standing(part.path)], () => {
        loose = this.#flow(part.branches[0]?.parts ?? [], from);
      });
      this.#mark(part.path, `${idOf(part.path)}_frame`);
      return loose;
    }
    return this.#branches(part, from);
  }

  #branches(part: GroupPart, from: readonly Loose[]): Loose[] {
    const id = idOf(part.path);
    const [open, close] = part.kind === "choice" ? ["{", "}"] : ["[", "]"];
    this.#node(id, open, close, part.title, ...part.notes, this.#standing(part.path));
    this.#mark(part.path, id);
    this.#enter(id, from);
    const ends = part.branches.flatMap(({ label, parts }) => this.#flow(parts, [{ from: id, label }]));
    if (part.kind === "choice") return ends;
    this.#node(`${id}_join`, "((", "))", "+");
    this.#enter(`${id}_join`, ends);
    return [{ from: `${id}_join` }];
  }

  #step(part: StepPart, from: readonly Loose[]): Loose[] {
    const { language } = this.#drawing;
    const id = idOf(part.path);
    const [open, close] = brackets[part.shape];
    this.#node(id, open, close, part.title, ...part.notes, this.#standing(part.path));
    this.#mark(part.path, id);
    this.#enter(id, from);
    if (part.system) this.#system(`${id}_system`, part.system.name, `${id} <-->|${quoted(part.system.operation)}| ${id}_system`);
    if (part.undo) {
      const shared = part.undo.name === part.system?.name ? `${id}_system` : `${id}_undo`;
      const edge = `${id} -.->|${quoted(word(language, "undo", part.undo.operation))}| ${shared}`;
      if (shared === `${id}_system`) this.#edge(edge);
      else this.#system(shared, part.undo.name, edge);
    }
    for (const ask of part.asks) {
      this.#node(idOf(ask.path), "[/", "/]", ask.title, ...ask.notes, this.#standing(ask.path));
      this.#mark(ask.path, idOf(ask.path));
      this.#edge(`${id} --> ${idOf(ask.path)}`);
      this.#edge(`${idOf(ask.path)} -->|${quoted(word(language, "answer"))}| ${id}`);
    }
    for (const [index, exit] of part.exits.entries()) {
      this.#node(`${id}_exit${index}`, "([", "])", exit.outcome);
      this.#edge(`${id} -->|${quoted(exit.label)}| ${id}_exit${index}`);
    }
    return part.shape === "end" ? [] : [{ from: id }];
  }

  #system(id: string, name: string, edge: string): void {
    this.#node(id, "[(", ")]", name);
    this.#edge(edge);
    this.#class("system", id);
  }

  #standing(path: string): string {
    const found = this.#progress?.get(path);
    if (!found) return "";
    const { language } = this.#drawing;
    const count = found.of === undefined ? "" : ` (${word(language, "ofThem", found.done ?? 0, found.of)})`;
    return `● ${word(language, found.mark)}${count}`;
  }

  #mark(path: string, id: string): void {
    const found = this.#progress?.get(path);
    if (found) this.#class(found.mark, id);
  }
}

function styleOf(name: string): string {
  const { fill, stroke, dash } = palette[name as keyof typeof palette];
  return `fill:${fill},stroke:${stroke},color:#16232e${dash ? ",stroke-dasharray:4 3" : ""}`;
}

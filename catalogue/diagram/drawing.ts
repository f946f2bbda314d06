/** A service as a tree of what is drawn, in one language: the source of both the Mermaid text and the SVG. */
import { type CaseOutcome, outcomes, type Text } from "../../cases/status.ts";
import { operationById } from "../../connectors/contracts.ts";
import { type ConsequenceSpec, isHandWritten, type Service, type Step } from "../definition.ts";
import { duration, type Language, word } from "./words.ts";

/** A step that holds no others. */
export interface StepPart {
  kind: "step";
  path: string;
  shape: "call" | "decide" | "ask" | "wait" | "set" | "run" | "open" | "end";
  title: string;
  notes: string[];
  /** The step runs only where this expression holds. */
  condition?: string;
  system?: { name: string; operation: string };
  undo?: { name: string; operation: string };
  /** What an office may ask before it decides: each leads back to the decision. */
  asks: { path: string; title: string; notes: string[] }[];
  /** Ways out of the procedure. */
  exits: { label: string; outcome: string }[];
}

/** Steps side by side, or inside a frame. */
export interface GroupPart {
  kind: "choice" | "parallel" | "frame";
  path: string;
  title: string;
  notes: string[];
  condition?: string;
  /** One for a frame. */
  branches: { label: string; parts: Part[] }[];
}

export type Part = StepPart | GroupPart;

/** All that is drawn of a service. */
export interface Drawing {
  language: Language;
  title: string;
  start: string;
  parts: Part[];
  finish: string;
  withdrawn?: { title: string; parts: Part[] };
  /** Set when the service is written by hand: then the order of the steps is not known. */
  byHand?: string;
}

const LONG = 72;
const short = (expression: string): string => (expression.length > LONG ? `${expression.slice(0, LONG - 1)}…` : expression);

/** The drawing of a service. */
export function drawingOf(service: Service, language: Language): Drawing {
  const says = (text: Text): string => text[language];
  const shared = { language, title: says(service.title), start: word(language, "received") };
  if (isHandWritten(service)) {
    const parts = Object.entries(service.labels).map(([path, label]): StepPart => ({ ...bare(path), title: says(label.title) }));
    const finish = Object.keys(service.outcomes) as CaseOutcome[];
    return { ...shared, parts, finish: named(finish, language), byHand: word(language, "byHand", service.workflow) };
  }
  const drawer = new Drawer(language);
  const withdrawn = drawer.parts(service.withdrawn, "");
  const finish = outcomes.filter((one) => new RegExp(`["']${one}["']`).test(service.outcome));
  return {
    ...shared,
    parts: drawer.parts(service.steps, ""),
    finish: finish.length > 0 ? named(finish, language) : short(service.outcome),
    ...(withdrawn.length > 0 ? { withdrawn: { title: word(language, "withdrawn"), parts: withdrawn } } : {}),
  };
}

const outcomeWord = (outcome: CaseOutcome, language: Language): string => word(language, outcome === "withdrawn" ? "withdrawal" : outcome);
const named = (all: readonly CaseOutcome[], language: Language): string => all.map((one) => outcomeWord(one, language)).join(" · ");

const bare = (path: string): StepPart => ({ kind: "step", path, shape: "call", title: path, notes: [], asks: [], exits: [] });

function systemOf(operation: string): { name: string; operation: string } {
  return { name: operation.split(".")[0] ?? operation, operation };
}

class Drawer {
  readonly #language: Language;
  constructor(language: Language) {
    this.#language = language;
  }

  parts(steps: readonly Step[], prefix: string): Part[] {
    return steps.map((step) => this.#part(step, `${prefix}${step.id}`));
  }

  #say(...of: Parameters<typeof word> extends [Language, ...infer Rest] ? Rest : never): string {
    return word(this.#language, ...of);
  }

  #common(step: Step, path: string, fallback: string) {
    const title = step.title?.[this.#language] ?? step.public?.[this.#language] ?? fallback;
    const condition = step.when === undefined ? {} : { condition: short(step.when) };
    return { path, title, notes: step.optional ? [this.#say("optional")] : [], ...condition };
  }

  #part(step: Step, path: string): Part {
    if ("choose" in step) {
      const branches = step.choose.map(({ if: condition, steps }) => ({
        label: condition === undefined ? this.#say("otherwise") : this.#say("if", short(condition)),
        parts: this.parts(steps, `${path}/`),
      }));
      if (step.choose.every((one) => one.if !== undefined)) branches.push({ label: this.#say("otherwise"), parts: [] });
      return { kind: "choice", ...this.#common(step, path, step.id), branches };
    }
    if ("parallel" in step) {
      const { branches, wait } = step.parallel;
      const until = wait === "all" ? this.#say("all") : wait === "first" ? this.#say("firstDone") : this.#say("countDone", wait);
      const common = this.#common(step, path, this.#say("parallel"));
      return {
        kind: "parallel",
        ...common,
        notes: [...common.notes, until],
        branches: Object.entries(branches).map(([name, steps]) => ({ label: name, parts: this.parts(steps, `${path}/${name}/`) })),
      };
    }
    if ("forEach" in step) {
      const { as, in: list, atMost, steps } = step.forEach;
      const each = this.#say("forEach", as, short(list.replace(/^\$\{(.*)\}$/s, "$1")));
      const common = this.#common(step, path, each);
      const notes = [...common.notes, ...(common.title === each ? [] : [each]), ...(atMost > 1 ? [this.#say("atMost", atMost)] : [])];
      return { kind: "frame", ...common, notes, branches: [{ label: "", parts: this.parts(steps, `${path}/`) }] };
    }
    if ("block" in step) {
      const common = this.#common(step, path, step.block.fragment);
      const notes = [...common.notes, this.#say("fragment", step.block.fragment)];
      return { kind: "frame", ...common, notes, branches: [{ label: "", parts: this.parts(step.block.steps, `${path}/`) }] };
    }
    return this.#single(step, path);
  }

  #single(step: Step, path: string): StepPart {
    const part = { ...bare(path), ...this.#common(step, path, step.id) };
    if ("call" in step) return this.#call(step, part);
    if ("decide" in step) return this.#decide(step, part);
    if ("ask" in step)
      return {
        ...part,
        shape: "ask",
        title: step.title?.[this.#language] ?? step.ask.title[this.#language],
        notes: [...part.notes, this.#say("applicant"), ...this.#within(step.ask.within)],
        exits: this.#exit(step.ask.otherwise, step.ask.within),
      };
    if ("wait" in step) return this.#wait(step, part);
    if ("open" in step) {
      const { service, wait, within, otherwise } = step.open;
      const notes = [...part.notes, this.#say(wait ? "opens" : "opensOnly", service), ...this.#within(within)];
      return { ...part, shape: "open", notes, exits: this.#exit(otherwise, within) };
    }
    if ("set" in step) return { ...part, shape: "set", notes: [...part.notes, this.#say("sets", Object.keys(step.set).join(", "))] };
    if ("run" in step) return { ...part, shape: "run", notes: [...part.notes, this.#say("code", step.run)] };
    if ("end" in step) {
      const reason = step.reason?.[this.#language];
      const notes = [...part.notes, ...(reason === undefined ? [] : [reason]), ...(step.undo ? [this.#say("undoes")] : [])];
      return { ...part, shape: "end", title: outcomeWord(step.end, this.#language), notes };
    }
    // A `use` that was not expanded yet.
    return { ...part, shape: "run", notes: [...part.notes, "use" in step ? this.#say("fragment", step.use) : ""] };
  }

  #call(step: Extract<Step, { call: string }>, part: StepPart): StepPart {
    const title = step.title?.[this.#language] ?? step.public?.[this.#language] ?? operationById(step.call)?.title ?? step.id;
    const rejections = (step.rejected ?? []).flatMap((branch) =>
      "end" in branch ? [{ label: this.#say("rejected", codesIn(branch.if)), outcome: outcomeWord(branch.end, this.#language) }] : [],
    );
    return {
      ...part,
      title,
      notes: [...part.notes, ...this.#within(step.within)],
      system: systemOf(step.call),
      ...(step.undo ? { undo: systemOf(step.undo.call) } : {}),
      exits: [...rejections, ...this.#exit(step.otherwise, step.within)],
    };
  }

  #decide(step: Extract<Step, { decide: unknown }>, part: StepPart): StepPart {
    const { office, within, escalate, outcomes: ways, asks, requires, otherwise } = step.decide;
    const names = Object.values(ways).map(({ title }) => title[this.#language]);
    return {
      ...part,
      shape: "decide",
      notes: [
        ...part.notes,
        names.join(" / "),
        ...(office.includes("${") ? [] : [this.#say("office", office)]),
        ...this.#within(within),
        ...(escalate ? [this.#say("escalates", duration(this.#language, escalate.after), escalate.to)] : []),
      ],
      asks: Object.entries(asks).map(([name, ask]) => {
        const before = Object.entries(requires).flatMap(([outcome, needed]) =>
          needed === name ? [ways[outcome]?.title[this.#language] ?? outcome] : [],
        );
        return {
          path: `${part.path}/${name}`,
          title: ask.title[this.#language],
          notes: [
            this.#say("applicant"),
            ...this.#within(ask.within),
            ...(before.length > 0 ? [this.#say("first", before.join(", "))] : []),
          ],
        };
      }),
      exits: this.#exit(otherwise, within),
    };
  }

  #wait(step: Extract<Step, { wait: unknown }>, part: StepPart): StepPart {
    const { for: message, until, confirm, within, otherwise } = step.wait;
    return {
      ...part,
      shape: "wait",
      notes: [
        ...part.notes,
        ...(message === undefined ? [] : [this.#say("waitsFor", message)]),
        ...(until === undefined ? [] : [this.#say("waitsUntil", short(until.replace(/^\$\{(.*)\}$/s, "$1")))]),
        ...(confirm ? [this.#say("every", duration(this.#language, confirm.every))] : []),
        ...this.#within(within),
      ],
      ...(confirm ? { system: systemOf(confirm.call) } : {}),
      exits: this.#exit(otherwise, within),
    };
  }

  #within(within: string | undefined): string[] {
    return within === undefined ? [] : [this.#say("within", duration(this.#language, within))];
  }

  #exit(otherwise: ConsequenceSpec | undefined, within: string | undefined): StepPart["exits"] {
    if (!otherwise || !("end" in otherwise)) return [];
    const label = within === undefined ? this.#say("otherwise") : this.#say("after", duration(this.#language, within));
    return [{ label, outcome: outcomeWord(otherwise.end, this.#language) }];
  }
}

/** The codes that a condition on a rejection names; the condition itself when it names none. */
function codesIn(condition: string): string {
  const codes = [...condition.matchAll(/["']([A-Z][A-Z0-9_]+)["']/g)].map(([, code]) => code);
  return codes.length > 0 ? codes.join(", ") : short(condition);
}

/**
 * A service as an SVG, laid out without a browser: the language has no jumps, so that each part is a box on one vertical axis,
 * with its systems, questions and exits at its right (docs/decisions/diagrams-without-a-browser.md).
 */
import { type Box, CARD, columns, conditional, framed, GAP, SIDE, stack } from "./boxes.ts";
import { Canvas, edgeOf, heightOf, type Label, labelFor, type Shape, type Style } from "./canvas.ts";
import type { Drawing, GroupPart, Part, StepPart } from "./drawing.ts";
import { marks, type Progress } from "./progress.ts";
import { word } from "./words.ts";

/** The text of an SVG file; with a case's progress, its steps are coloured and say how they stand. */
export function svg(drawing: Drawing, progress?: Progress, caseId?: string): string {
  return new Layout(drawing, progress).file(caseId);
}

const MARGIN = 24;
/** From a card to what stands at its right. */
const REACH = 44;
/** Width of an entry of the legend. */
const LEGEND = 124;
/** Between two things at the right of a card. */
const APART = 10;

/** Arrowheads at its end, at its beginning; and dotted. */
interface Line {
  arrow?: boolean;
  back?: boolean;
  dotted?: boolean;
}

const shapes: Readonly<Record<StepPart["shape"], Shape>> = {
  call: "box",
  decide: "trapezoid",
  ask: "slanted",
  wait: "hexagon",
  set: "round",
  run: "double",
  open: "double",
  end: "stadium",
};

class Layout {
  readonly #canvas = new Canvas();
  readonly #drawing: Drawing;
  readonly #progress: Progress | undefined;

  constructor(drawing: Drawing, progress: Progress | undefined) {
    this.#drawing = drawing;
    this.#progress = progress;
  }

  file(caseId?: string): string {
    const { language, title, start, parts, finish, withdrawn, byHand } = this.#drawing;
    const boxes = parts.map((one) => this.#part(one));
    const ends = boxes.at(-1)?.ends === true;
    const procedure = [this.#plain("stadium", start), ...boxes, ...(ends ? [] : [this.#plain("stadium", finish)])];
    const whole =
      byHand === undefined ? stack(this.#canvas, procedure) : framed(this.#canvas, [byHand], "plain", stack(this.#canvas, boxes, false));
    const after = withdrawn && framed(this.#canvas, [withdrawn.title], "plain", this.#steps(withdrawn.parts));
    const left = Math.max(whole.left, after?.left ?? 0, 150) + MARGIN;
    const top = MARGIN + 40;
    whole.draw(left, top);
    after?.draw(left, top + whole.height + 2 * GAP);
    const bottom = top + whole.height + (after ? after.height + 2 * GAP : 0) + MARGIN;
    const heading = caseId === undefined ? title : `${title} · ${word(language, "case", caseId)}`;
    const width = Math.max(
      left + Math.max(whole.right, after?.right ?? 0) + MARGIN,
      heading.length * 10 + 2 * MARGIN,
      this.#progress ? marks.length * LEGEND + 2 * MARGIN : 0,
    );
    this.#canvas.text(MARGIN, MARGIN + 14, heading, "heading", "start");
    const legend = this.#progress ? this.#legend(MARGIN, bottom) : 0;
    return this.#canvas.svg(width, bottom + legend, heading, describe(parts));
  }

  #steps(parts: readonly Part[]): Box {
    return stack(
      this.#canvas,
      parts.map((one) => this.#part(one)),
    );
  }

  #plain(shape: Shape, title: string): Box {
    const label = labelFor(CARD, title, []);
    const height = heightOf(label);
    return { left: CARD / 2, right: CARD / 2, height, exit: height, draw: (x, y) => this.#canvas.shape(shape, x, y, CARD, label, "plain") };
  }

  #part(part: Part): Box {
    const body = part.kind === "step" ? this.#step(part) : part.kind === "frame" ? this.#frame(part) : this.#branches(part);
    return part.condition === undefined ? body : conditional(this.#canvas, body);
  }

  #label(width: number, part: Part): Label {
    const condition = part.condition === undefined ? [] : [word(this.#drawing.language, "onlyIf", part.condition)];
    return labelFor(width, part.title, [...condition, ...part.notes, this.#standing(part.path)]);
  }

  #step(part: StepPart): Box {
    const label = this.#label(CARD, part);
    const sides = this.#sides(part);
    const own = heightOf(label);
    const beside = sides.reduce((sum, { height }) => sum + height + APART, sides.length === 0 ? 0 : -APART);
    return {
      left: CARD / 2,
      right: sides.length === 0 ? CARD / 2 : CARD / 2 + REACH + SIDE,
      height: Math.max(own, beside),
      exit: own,
      ends: part.shape === "end",
      draw: (x, y) => {
        this.#canvas.shape(shapes[part.shape], x, y, CARD, label, this.#style(part.path, "plain"), part.path);
        let at = y;
        for (const side of sides) {
          const middle = at + side.height / 2;
          this.#join(part.shape, x, y, own, middle, side.line);
          side.draw(x + CARD / 2 + REACH + SIDE / 2, at);
          at += side.height + APART;
        }
      },
    };
  }

  /** A line from a card to what stands beside it: straight where both reach, otherwise with two corners. */
  #join(shape: StepPart["shape"], x: number, y: number, height: number, middle: number, line: Line): void {
    const from = Math.min(Math.max(middle, y + 10), y + height - 10);
    const edge = x + edgeOf(shapes[shape], CARD, (from - y) / height);
    const [turn, to] = [x + CARD / 2 + REACH / 2, x + CARD / 2 + REACH];
    const corners: [number, number][] =
      from === middle
        ? []
        : [
            [turn, from],
            [turn, middle],
          ];
    this.#canvas.line([[edge, from], ...corners, [to, middle]], line);
  }

  /** What stands at the right of a step: systems, undo, questions to the applicant, ways out. */
  #sides(part: StepPart): { height: number; line: Line; draw(x: number, y: number): void }[] {
    const { language } = this.#drawing;
    const side = (
      shape: Shape,
      title: string,
      notes: string[],
      style: Style,
      line: { arrow?: boolean; back?: boolean; dotted?: boolean },
      id?: string,
    ) => {
      const label = labelFor(SIDE, title, notes);
      const height = heightOf(label) + (shape === "cylinder" ? 8 : 0);
      return { height, line, draw: (x: number, y: number) => this.#canvas.shape(shape, x, y, SIDE, label, style, id) };
    };
    const both = { arrow: true, back: true };
    return [
      ...(part.system ? [side("cylinder", part.system.name, [part.system.operation], "system", both)] : []),
      ...(part.undo
        ? [side("cylinder", part.undo.name, [word(language, "undo", part.undo.operation)], "system", { arrow: true, dotted: true })]
        : []),
      ...part.asks.map((ask) =>
        side("slanted", ask.title, [...ask.notes, this.#standing(ask.path)], this.#style(ask.path, "plain"), both, ask.path),
      ),
      ...part.exits.map((exit) => side("stadium", exit.outcome, [exit.label], "plain", { arrow: true })),
    ];
  }

  #frame(part: GroupPart): Box {
    const inner = stack(
      this.#canvas,
      (part.branches[0]?.parts ?? []).map((one) => this.#part(one)),
    );
    const condition = part.condition === undefined ? [] : [word(this.#drawing.language, "onlyIf", part.condition)];
    return framed(
      this.#canvas,
      [part.title, ...condition, ...part.notes, this.#standing(part.path)],
      this.#style(part.path, "plain"),
      inner,
    );
  }

  #branches(part: GroupPart): Box {
    const label = this.#label(CARD, part);
    const height = heightOf(label);
    const shape = part.kind === "choice" ? "hexagon" : "box";
    const draw = (x: number, y: number) => this.#canvas.shape(shape, x, y, CARD, label, this.#style(part.path, "plain"), part.path);
    const header: Box = { left: CARD / 2, right: CARD / 2, height, exit: height, draw };
    return columns(
      this.#canvas,
      header,
      part.branches.map(({ label: name, parts }) => this.#column(name, parts)),
    );
  }

  #column(label: string, parts: readonly Part[]): Box {
    const chip = labelFor(SIDE, "", [label]);
    const height = heightOf(chip);
    const head: Box = {
      left: SIDE / 2,
      right: SIDE / 2,
      height,
      exit: height,
      draw: (x, y) => this.#canvas.shape("round", x, y, SIDE, chip, "skipped"),
    };
    return stack(this.#canvas, [head, ...parts.map((one) => this.#part(one))]);
  }

  #standing(path: string): string {
    const found = this.#progress?.get(path);
    if (!found) return "";
    const { language } = this.#drawing;
    const count = found.of === undefined ? "" : ` (${word(language, "ofThem", found.done ?? 0, found.of)})`;
    return `● ${word(language, found.mark)}${count}`;
  }

  #style(path: string, otherwise: Style): Style {
    return this.#progress?.get(path)?.mark ?? otherwise;
  }

  /** What each colour means; returns how high it is. */
  #legend(left: number, top: number): number {
    for (const [index, mark] of marks.entries()) {
      const label = labelFor(LEGEND - 8, word(this.#drawing.language, mark), []);
      this.#canvas.shape("round", left + LEGEND / 2 - 4 + index * LEGEND, top, LEGEND - 8, label, mark);
    }
    return 35 + MARGIN;
  }
}

/** The titles in their order, for those who do not see the picture. */
const describe = (parts: readonly Part[]): string =>
  parts
    .map((part) => {
      const inner = part.kind === "step" ? [] : part.branches.flatMap((branch) => branch.parts);
      return inner.length === 0 ? part.title : `${part.title} (${describe(inner)})`;
    })
    .join("; ");

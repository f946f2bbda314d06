/** Boxes: parts of a diagram laid out on a vertical axis, and how they are put together. */
import { type Canvas, heightOf, labelFor, type Style } from "./canvas.ts";

/** A part laid out: how far it reaches from its axis, where its way on leaves it, and how to draw it with its entry at (x, y). */
export interface Box {
  left: number;
  right: number;
  height: number;
  /** How far below the entry the line to the next part begins; at most `height`. */
  exit: number;
  /** The procedure ends here: nothing follows. */
  ends?: boolean;
  draw(x: number, y: number): void;
}

/** Width of a step. */
export const CARD = 250;
/** Width of what stands beside a step. */
export const SIDE = 190;
/** Height of an arrow between two parts. */
export const GAP = 28;
const BETWEEN = 30;
const FRAME = 18;
const BYPASS = 26;
const LEAD = 12;

/** Boxes below each other; with arrows, each leads to the next. */
export function stack(canvas: Canvas, boxes: readonly Box[], arrows = true): Box {
  const height = boxes.reduce((sum, box) => sum + box.height + GAP, boxes.length === 0 ? 0 : -GAP);
  const last = boxes.at(-1);
  return {
    left: Math.max(0, ...boxes.map(({ left }) => left)),
    right: Math.max(0, ...boxes.map(({ right }) => right)),
    height,
    exit: last ? height - last.height + last.exit : 0,
    ends: last?.ends === true,
    draw: (x, y) => {
      let at = y;
      for (const [index, box] of boxes.entries()) {
        box.draw(x, at);
        const next = at + box.height + GAP;
        if (arrows && !box.ends && index < boxes.length - 1)
          canvas.line(
            [
              [x, at + box.exit],
              [x, next],
            ],
            { arrow: true },
          );
        at = next;
      }
    },
  };
}

/** A box that may be passed by: a line around it on the left. */
export function conditional(canvas: Canvas, body: Box): Box {
  const height = body.height + 2 * LEAD;
  return {
    left: body.left + BYPASS,
    right: body.right,
    height,
    exit: height,
    draw: (x, y) => {
      const out = x - body.left - BYPASS + 8;
      canvas.line([
        [x, y],
        [out, y],
        [out, y + height],
        [x, y + height],
      ]);
      canvas.line([
        [x, y],
        [x, y + LEAD],
      ]);
      body.draw(x, y + LEAD);
      if (body.ends) return;
      canvas.line([
        [x, y + LEAD + body.exit],
        [x, y + height],
      ]);
    },
  };
}

/** A box inside a frame with a heading: its first line is the title. */
export function framed(canvas: Canvas, heading: readonly string[], style: Style, inner: Box): Box {
  const [title = "", ...notes] = heading;
  const [left, right] = [Math.max(inner.left, CARD / 2) + FRAME, Math.max(inner.right, CARD / 2) + FRAME];
  const label = labelFor(left + right, title, notes);
  const head = heightOf(label) + 8;
  const height = head + inner.height + FRAME;
  return {
    left,
    right,
    height,
    exit: height,
    ends: inner.ends === true,
    draw: (x, y) => {
      canvas.frame(x - left, y, left + right, height, style);
      let at = y + 20;
      for (const line of label.title) {
        canvas.text(x - left + 12, at, line, "title", "start");
        at += 17;
      }
      for (const line of label.notes) {
        canvas.text(x - left + 12, at - 2, line, "note", "start");
        at += 14;
      }
      inner.draw(x, y + head);
    },
  };
}

/** Columns beside each other under a header; the axis of the whole is half way between the first and the last. */
export function columns(canvas: Canvas, header: Box, all: readonly Box[]): Box {
  const tallest = Math.max(0, ...all.map(({ height }) => height));
  const axes: number[] = [];
  let reach = 0;
  for (const column of all) {
    axes.push(reach + column.left);
    reach += column.left + column.right + BETWEEN;
  }
  const axis = ((axes[0] ?? 0) + (axes.at(-1) ?? 0)) / 2;
  const height = header.height + GAP + tallest + GAP;
  return {
    left: Math.max(axis, header.left),
    right: Math.max(reach - BETWEEN - axis, header.right),
    height,
    exit: height,
    ends: all.every(({ ends }) => ends),
    draw: (x, y) => {
      header.draw(x, y);
      const [fork, join] = [y + header.height + GAP / 2, y + height - GAP / 2];
      canvas.line([
        [x, y + header.height],
        [x, fork],
      ]);
      for (const [index, column] of all.entries()) {
        const at = x - axis + (axes[index] ?? 0);
        canvas.line(
          [
            [x, fork],
            [at, fork],
            [at, fork + GAP / 2],
          ],
          { arrow: true },
        );
        column.draw(at, fork + GAP / 2);
        if (column.ends) continue;
        canvas.line([
          [at, fork + GAP / 2 + column.exit],
          [at, join],
          [x, join],
        ]);
      }
      if (all.every(({ ends }) => ends)) return;
      canvas.line([
        [x, join],
        [x, y + height],
      ]);
    },
  };
}

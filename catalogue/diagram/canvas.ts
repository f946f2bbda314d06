/** What an SVG is made of: shapes with text, and lines under them. Coordinates are pixels; text widths are estimated, since there is no browser. */
import { palette } from "./palette.ts";

export type Style = keyof typeof palette;
export type Shape = "box" | "round" | "stadium" | "hexagon" | "slanted" | "trapezoid" | "double" | "cylinder";

/** Lines of text as they stand in a shape: the title, then the notes. */
export interface Label {
  title: string[];
  notes: string[];
}

const TITLE = 17;
const NOTE = 14;
const PADDING = 9;

export const xml = (text: string): string =>
  text
    // Control characters cannot stand in XML at all.
    .replaceAll(/\p{Cc}/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

/** Breaks text at spaces, or inside a word that is too long, into lines of so many characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of text.split(/\s+/).flatMap((one) => one.match(new RegExp(`.{1,${width}}`, "gu")) ?? [])) {
    if (line !== "" && line.length + 1 + piece.length > width) {
      lines.push(line);
      line = piece;
    } else line = line === "" ? piece : `${line} ${piece}`;
  }
  return line === "" ? lines : [...lines, line];
}

/** The lines of a shape of this width. */
export const labelFor = (width: number, title: string, notes: readonly string[]): Label => ({
  title: wrap(title, Math.floor((width - 24) / 7.1)),
  notes: notes.filter(Boolean).flatMap((note) => wrap(note, Math.floor((width - 24) / 5.9))),
});

export const heightOf = ({ title, notes }: Label): number => 2 * PADDING + title.length * TITLE + notes.length * NOTE;

export class Canvas {
  readonly #lines: string[] = [];
  readonly #shapes: string[] = [];

  /** A line through these points. */
  line(points: readonly (readonly [number, number])[], { arrow = false, back = false, dotted = false } = {}): void {
    const ends = `${arrow ? ' marker-end="url(#arrow)"' : ""}${back ? ' marker-start="url(#arrow)"' : ""}`;
    const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join(" ");
    this.#lines.push(`<path class="line${dotted ? " dotted" : ""}" d="${path}"${ends}/>`);
  }

  /** A shape whose top is at `y` and whose middle is at `x`. `id` tells a reader of the file which step it is. */
  shape(shape: Shape, x: number, y: number, width: number, label: Label, style: Style, id?: string): void {
    const height = heightOf(label) + (shape === "cylinder" ? 8 : 0);
    const { fill, stroke, dash } = palette[style];
    const look = `fill="${fill}" stroke="${stroke}" stroke-width="1.4"${dash ? ' stroke-dasharray="5 3"' : ""}`;
    const parts = [outline(shape, x - width / 2, y, width, height, look)];
    let at = y + PADDING + (shape === "cylinder" ? 8 : 0);
    for (const line of label.title) {
      parts.push(text(x, at + 13, line, "title"));
      at += TITLE;
    }
    for (const line of label.notes) {
      parts.push(text(x, at + 11, line, "note"));
      at += NOTE;
    }
    this.#shapes.push(`<g${id === undefined ? "" : ` data-step="${xml(id)}"`}>${parts.join("")}</g>`);
  }

  /** Text without a shape, in the middle of `x` or from it on. */
  text(x: number, y: number, line: string, kind: "title" | "note" | "heading", anchor: "middle" | "start" = "middle"): void {
    this.#shapes.push(text(x, y, line, kind, anchor));
  }

  /** A frame behind what stands in it. */
  frame(x: number, y: number, width: number, height: number, style: Style): void {
    const { stroke, fill } = palette[style];
    const tint = style === "plain" ? "#f7f9fb" : fill;
    this.#lines.unshift(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="10" fill="${tint}" fill-opacity="0.55" stroke="${stroke}" stroke-dasharray="2 3"/>`,
    );
  }

  /** The whole file. */
  svg(width: number, height: number, title: string, description: string): string {
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}" role="img" aria-labelledby="title description">
<title id="title">${xml(title)}</title>
<desc id="description">${xml(description)}</desc>
<style>
text { font-family: system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; fill: #16232e; }
.title { font-size: 13px; font-weight: 600; }
.note { font-size: 11px; fill: #33475a; }
.heading { font-size: 17px; font-weight: 700; }
.line { fill: none; stroke: #55697a; stroke-width: 1.4; }
.dotted { stroke-dasharray: 2 4; }
</style>
<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="#55697a"/></marker></defs>
<rect width="100%" height="100%" fill="#ffffff"/>
${[...this.#lines, ...this.#shapes].join("\n")}
</svg>
`;
  }
}

/** How far the right edge of a shape is from its middle, at this part of its height. */
export function edgeOf(shape: Shape, width: number, part: number): number {
  if (shape === "hexagon") return width / 2 - 10 * Math.abs(2 * part - 1);
  if (shape === "trapezoid") return width / 2 - 12 * (1 - part);
  return shape === "slanted" ? width / 2 - 12 * part : width / 2;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const text = (x: number, y: number, line: string, kind: string, anchor = "middle"): string =>
  `<text class="${kind}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${xml(line)}</text>`;

function outline(shape: Shape, left: number, top: number, width: number, height: number, look: string): string {
  const [right, bottom, middle] = [left + width, top + height, top + height / 2];
  const polygon = (...points: [number, number][]) =>
    `<polygon points="${points.map(([x, y]) => `${round(x)},${round(y)}`).join(" ")}" ${look}/>`;
  const box = (radius: number) =>
    `<rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" rx="${round(radius)}" ${look}/>`;
  switch (shape) {
    case "box":
      return box(3);
    case "round":
      return box(12);
    case "stadium":
      return box(height / 2);
    case "hexagon":
      return polygon([left + 10, top], [right - 10, top], [right, middle], [right - 10, bottom], [left + 10, bottom], [left, middle]);
    case "slanted":
      return polygon([left + 12, top], [right, top], [right - 12, bottom], [left, bottom]);
    case "trapezoid":
      return polygon([left + 12, top], [right - 12, top], [right, bottom], [left, bottom]);
    case "double":
      return `${box(3)}<path d="M${round(left + 6)} ${round(top)}V${round(bottom)}M${round(right - 6)} ${round(top)}V${round(bottom)}" ${look}/>`;
    case "cylinder": {
      const [rx, l, r] = [round(width / 2), round(left), round(right)];
      return `<path d="M${l} ${round(top + 6)}A${rx} 6 0 0 1 ${r} ${round(top + 6)}V${round(bottom - 6)}A${rx} 6 0 0 1 ${l} ${round(bottom - 6)}Z" ${look}/><path d="M${l} ${round(top + 6)}A${rx} 6 0 0 0 ${r} ${round(top + 6)}" fill="none" stroke="${/stroke="([^"]*)"/.exec(look)?.[1] ?? ""}"/>`;
    }
  }
}

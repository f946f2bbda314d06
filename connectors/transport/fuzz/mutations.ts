/** Changes of an answer, each drawn by one seeded source of chance. */
import type { SeedAnswer, SeedKind } from "./seeds.ts";

export interface Mutated extends SeedAnswer {
  headers?: Record<string, string>;
  /** The change by name. */
  change: string;
  /** The answer cannot mean success any more, whatever an adapter reads from it. */
  fatal: boolean;
}

/** A number in [0, 1): mulberry32, the same for the same seed on every machine. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Random = () => number;
type Change = (answer: SeedAnswer, random: Random) => Partial<Mutated>;

const at = (random: Random, length: number): number => Math.floor(random() * Math.max(length, 1));
const of = <T>(random: Random, all: readonly T[]): T => all[at(random, all.length)] as T;
const spliced = (body: Buffer, from: number, to: number, inner: Uint8Array): Buffer =>
  Buffer.concat([body.subarray(0, from), inner, body.subarray(to)]);
const TOKENS = [
  "<",
  ">",
  "&",
  "&#0;",
  "&#xD800;",
  "&constructor;",
  "&lt;",
  "]]>",
  "<![CDATA[",
  "<!--",
  "-->",
  "<?x?>",
  "<!DOCTYPE a>",
  "<__proto__>",
  "<constructor/>",
  ' id="__proto__"',
  ' href="#a"',
  ' xsi:nil="true"',
  ' xmlns=""',
  " xmlns:s='urn:x'",
  "\u0000",
  "\ufeff",
  "\u202e",
  "é",
  '"',
  "{}",
  "[",
  ",",
  "null",
  "1e999",
  '"__proto__":{"x":1},',
  "\r\n--b--\r\n",
  "\r\n--b\r\n",
] as const;
const LEAVES = [
  "",
  "0",
  "-1",
  "9999999999999999999999",
  "00123",
  "1.234,56",
  "03/05/1980",
  "true",
  "si",
  "NaN",
  "x".repeat(5_000),
] as const;

/** Any of these may leave an answer that still means something; an independent parser judges whether it is well formed. */
const anyKind: Readonly<Record<string, Change>> = {
  "a bit": ({ body }, random) => {
    const changed = Buffer.from(body);
    const place = at(random, body.length);
    changed[place] = (changed[place] ?? 0) ^ (1 << at(random, 8));
    return { body: changed };
  },
  "bytes deleted": ({ body }, random) => {
    const from = at(random, body.length);
    return { body: spliced(body, from, Math.min(body.length, from + 1 + at(random, 40)), new Uint8Array()) };
  },
  "bytes doubled": ({ body }, random) => {
    const from = at(random, body.length);
    const to = Math.min(body.length, from + 1 + at(random, 200));
    return { body: spliced(body, to, to, body.subarray(from, to)) };
  },
  "bytes of chance": ({ body }, random) => {
    const from = at(random, body.length);
    return {
      body: spliced(
        body,
        from,
        from,
        Uint8Array.from({ length: 1 + at(random, 12) }, () => at(random, 256)),
      ),
    };
  },
  "a token": ({ body }, random) => {
    const from = at(random, body.length);
    return { body: spliced(body, from, from, Buffer.from(of(random, TOKENS))) };
  },
  "another value": ({ body }, random) => {
    const text = body.toString("latin1");
    const leaves = [...text.matchAll(/>([^<>]+)<|:\s*"?([^",:{}[\]]+)/g)];
    const leaf = of(random, leaves);
    if (!leaf) return { body };
    const inner = leaf[1] ?? leaf[2] ?? "";
    const from = leaf.index + leaf[0].indexOf(inner);
    return { body: Buffer.from(text.slice(0, from) + of(random, LEAVES) + text.slice(from + inner.length), "latin1") };
  },
  "an element doubled": ({ body }, random) => {
    const text = body.toString("latin1");
    const element = of(random, [...text.matchAll(/<([\w:]+)[^<>]*>[^<]*<\/\1>/g)]);
    if (!element) return { body };
    const from = element.index + element[0].length;
    return { body: Buffer.from(text.slice(0, from) + element[0].repeat(1 + at(random, 30)) + text.slice(from), "latin1") };
  },
  "an element left out": ({ body }, random) => {
    const text = body.toString("latin1");
    const element = of(random, [...text.matchAll(/<([\w:]+)[^<>]*>[^<]*<\/\1>/g)]);
    return { body: element ? Buffer.from(text.slice(0, element.index) + text.slice(element.index + element[0].length), "latin1") : body };
  },
  "deep elements": ({ body }, random) => {
    const place = body.indexOf(">", at(random, body.length)) + 1;
    const depth = 1 + at(random, 3_000);
    return { body: spliced(body, place, place, Buffer.from("<a>".repeat(depth) + "</a>".repeat(at(random, 2) * depth))) };
  },
};

const status =
  (code: number): Change =>
  () => ({ status: code });
const cut: Change = ({ body }, random) => ({ body: body.subarray(0, at(random, body.toString("latin1").trimEnd().length - 1)) });

const inserted =
  (before: RegExp, text: string): Change =>
  ({ body }) => ({ body: Buffer.from(body.toString("latin1").replace(before, `${text}$&`), "latin1") });

/** After these no answer may count as a success. */
const fatal: Readonly<Record<SeedKind, Readonly<Record<string, Change>>>> = (() => {
  const common = {
    "HTTP 500": status(500),
    "HTTP 502": status(502),
    "a redirect": () => ({ status: 302, headers: { location: "/elsewhere" } }),
  };
  const xml: Record<string, Change> = {
    ...common,
    truncated: cut,
    empty: () => ({ body: Buffer.alloc(0) }),
    "an HTML page": () => ({ type: "text/html", body: Buffer.from("<HTML><BODY><P>down<BR></BODY></HTML>") }),
    "HTML that claims to be XML": () => ({ body: Buffer.from(`<HTML><BODY>${"<P>down<BR>".repeat(3_000)}</BODY></HTML>`) }),
    "a DOCTYPE": inserted(/<[A-Za-z]/, '<!DOCTYPE a [<!ENTITY b "c">]>'),
    "a second root": ({ body }) => ({ body: Buffer.concat([body, Buffer.from("<again/>")]) }),
    "a U+0000": ({ body }) => ({ body: spliced(body, body.lastIndexOf("</"), body.lastIndexOf("</"), Buffer.from([0])) }),
    "a processing instruction": inserted(/<\/[A-Za-z:]+>\s*$/, "<?x y?>"),
  };
  const soap = {
    ...xml,
    "another root": ({ body }: SeedAnswer) => ({ body: Buffer.from(body.toString("latin1").replaceAll("Envelope", "Envelop"), "latin1") }),
    "no Body": ({ body }: SeedAnswer) => ({
      body: Buffer.from(body.toString("latin1").replaceAll(/(<\/?[\w]*:?)Body\b/g, "$1Bodies"), "latin1"),
    }),
    "id=__proto__": ({ body }: SeedAnswer) => ({
      body: Buffer.from(body.toString("latin1").replace(/(Body[^<>]*>\s*<[\w:]+)/, '$1 id="__proto__"'), "latin1"),
    }),
  };
  const multipart = {
    ...common,
    empty: () => ({ body: Buffer.alloc(0) }),
    truncated: ({ body }: SeedAnswer, random: Random) => ({ body: body.subarray(0, at(random, body.lastIndexOf("--b--"))) }),
    "an HTML page": () => ({ type: "text/html", body: Buffer.from("<HTML>") }),
  };
  return { soap, xml, json: common, multipart };
})();

/** One change of one answer. */
export function mutate(answer: SeedAnswer, kind: SeedKind, random: Random): Mutated {
  const deadly = random() < 0.2;
  const choices = Object.entries(deadly ? fatal[kind] : anyKind);
  const [change, apply] = of(random, choices);
  const changed = { ...answer, change, fatal: deadly, ...apply(answer, random) };
  // A second and a third change, now and then.
  if (!deadly && random() < 0.25) {
    const [also, again] = of(random, choices);
    return { ...changed, ...again(changed, random), change: `${change}, ${also}` };
  }
  return changed;
}

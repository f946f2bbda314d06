/**
 * Whether a case may go on under another definition of its service (`adopt`): what it has done must still stand there, and give
 * what the new definition's expressions will read. Pure, so that the workflow itself decides by it.
 */
import type { Step, YamlService } from "./definition.ts";
import type { Fields } from "./fields.ts";
import { kindOf, type PlacedStep, stepsByPath, withoutIndices } from "./step-index.ts";

/** Whether a case can adopt; `reasons` are sentences for operators, without personal data. */
export type Adoptable = { ok: true } | { ok: false; reasons: string[] };

/**
 * Compares what stands at these paths in both definitions. `finished` are step paths as a case keeps them (`docs[3]/register`);
 * give the paths of begun steps too, and the step at which the case stands must be compatible as well.
 */
export function adoptable(from: YamlService, to: YamlService, finished: readonly string[]): Adoptable {
  const reasons = new Set<string>();
  if (from.service !== to.service) reasons.add(`it is a definition of "${to.service}", not of "${from.service}"`);
  for (const reason of promised(from.request, to.request)) reasons.add(`the request ${reason}`);
  const [before, after] = [stepsByPath(from), stepsByPath(to)];
  const done = new Set(finished.map(withoutIndices));
  for (const path of done) for (const reason of stepReasons(path, before.get(path), after.get(path), done)) reasons.add(reason);
  return reasons.size === 0 ? { ok: true } : { ok: false, reasons: [...reasons] };
}

function stepReasons(path: string, was: PlacedStep | undefined, is: PlacedStep | undefined, done: ReadonlySet<string>): string[] {
  const name = `"${path}"`;
  if (!is) return [`the step ${name} no longer exists`];
  if (!was) return [`the step ${name} is not in the case's own definition`];
  const [kindWas, kindIs] = [kindOf(was.step), kindOf(is.step)];
  if (kindWas !== kindIs) return [`the step ${name} was a "${kindWas}" and is a "${kindIs}" now`];
  if (was.withdrawn !== is.withdrawn) return [`the step ${name} moved between the procedure and what follows a withdrawal`];
  const reasons = was.branch === is.branch ? [] : [`the step ${name} stands in another branch now`];
  return [...reasons, ...output(was.step, is.step, done, path).map((reason) => `the step ${name} ${reason}`)];
}

/** What would be read of the step's result and is not there, or is something else. */
function output(was: Step, is: Step, done: ReadonlySet<string>, path: string): string[] {
  if ("call" in was && "call" in is) return same(was.call, is.call, "called");
  if ("run" in was && "run" in is) return same(was.run, is.run, "ran");
  if ("open" in was && "open" in is)
    return [
      ...same(was.open.service, is.open.service, "opened"),
      ...(was.open.wait === is.open.wait
        ? []
        : [is.open.wait ? "did not wait for the case that it opened" : "waited for the case that it opened"]),
    ];
  if ("ask" in was && "ask" in is) return forms("", was.ask.form, is.ask.form);
  if ("decide" in was && "decide" in is) return decisions(was.decide, is.decide);
  if ("wait" in was && "wait" in is) return waits(was.wait, is.wait);
  if ("set" in was && "set" in is)
    return absent(Object.keys(was.set), Object.keys(is.set)).map((one) => `did not set "${one}", which it sets now`);
  if ("block" in was && "block" in is) return names("output", Object.keys(was.block.outputs), Object.keys(is.block.outputs));
  if ("parallel" in was && "parallel" in is)
    return gone(Object.keys(was.parallel.branches), Object.keys(is.parallel.branches))
      .filter((branch) => [...done].some((one) => one.startsWith(`${path}/${branch}/`)))
      .map((branch) => `has no branch "${branch}" any more`);
  if ("forEach" in was && "forEach" in is) return names("step", ids(was.forEach.steps), ids(is.forEach.steps));
  return [];
}

type DecideSpec = Extract<Step, { decide: unknown }>["decide"];
type WaitSpec = Extract<Step, { wait: unknown }>["wait"];

function decisions(was: DecideSpec, is: DecideSpec): string[] {
  const reasons = gone(Object.keys(was.outcomes), Object.keys(is.outcomes)).map((one) => `has no outcome "${one}" any more`);
  for (const [name, { form }] of Object.entries(was.outcomes)) {
    const now = is.outcomes[name];
    if (now) reasons.push(...forms(`under "${name}" `, form, now.form));
  }
  for (const one of gone(Object.keys(was.asks), Object.keys(is.asks))) reasons.push(`has no ask "${one}" any more`);
  for (const [name, { form }] of Object.entries(was.asks)) {
    const now = is.asks[name];
    if (now) reasons.push(...forms(`under "${name}" `, form, now.form));
  }
  return reasons;
}

function waits(was: WaitSpec, is: WaitSpec): string[] {
  if ((was.for === undefined) !== (is.for === undefined))
    return [is.for === undefined ? "waited for a message and waits for a date now" : "waited for a date and waits for a message now"];
  if (was.confirm?.call !== is.confirm?.call)
    return [`was confirmed by ${was.confirm?.call ?? "nothing"} and is confirmed by ${is.confirm?.call ?? "nothing"} now`];
  return [...(was.for === is.for ? [] : [`waited for "${was.for}" and waits for "${is.for}" now`]), ...forms("", was.form, is.form)];
}

const same = (was: string, is: string, verb: string): string[] => (was === is ? [] : [`${verb} ${was}, which is ${is} now`]);

/** The new form has every field of the old one, and none that an old answer would have needed. */
const forms = (under: string, was: Fields, is: Fields): string[] => [
  ...gone(Object.keys(was), Object.keys(is)).map((field) => `${under}has no field "${field}" any more`),
  ...promised(was, is).map((reason) => `${under}${reason}`),
];

/** Fields that the new definition counts on and the old one did not give, or gave otherwise. */
function promised(was: Fields, is: Fields): string[] {
  return Object.entries(is).flatMap(([field, type]) => {
    const before = was[field];
    if (before === undefined) return type.trim().endsWith("?") ? [] : [`has no "${field}", which is required now`];
    return fits(before, type) ? [] : [`has "${field}" as ${before}, which is ${type} now`];
  });
}

/** Whether each value of the one type is a value of the other: the same, or less strict. */
function fits(was: string, is: string): boolean {
  const [before, now] = [was.replaceAll(" ", ""), is.replaceAll(" ", "")];
  if (before === now || `${before}?` === now) return true;
  if (before.endsWith("?") && !now.endsWith("?")) return false;
  const [few, many] = [words(before), words(now)];
  return few.length > 0 && gone(few, many).length === 0;
}

/** The words that a type such as `new|renewal?` lists. */
const words = (type: string): string[] => (type.includes("|") ? type.replace(/\?$/, "").split("|") : []);

const gone = (was: readonly string[], is: readonly string[]): string[] => was.filter((one) => !is.includes(one));
const absent = (was: readonly string[], is: readonly string[]): string[] => gone(is, was);
const ids = (steps: readonly Step[]): string[] => steps.map(({ id }) => id);

const names = (what: string, was: readonly string[], is: readonly string[]): string[] => [
  ...gone(was, is).map((one) => `has no ${what} "${one}" any more`),
  ...absent(was, is).map((one) => `gave no ${what} "${one}", which it gives now`),
];

/** Checks that an overlay still fits the services and adapters that exist. */
import { adapterNames } from "../../connectors/adapter-names.ts";
import { isHandWritten, type Overlay, type Service } from "../definition.ts";
import type { Report } from "../findings.ts";
import { applyOverlay, offers, PatchError } from "../overlay.ts";
import { innerSteps, type Step } from "../steps.ts";
import { didYouMean, oneOfThese } from "./nearest.ts";
import { checkService } from "./service.ts";
import { checkTerm } from "./terms.ts";
import type { Context } from "./walk.ts";

/** `services`: with their fragments expanded. */
export function checkOverlay(overlay: Overlay, services: readonly Service[], context: Context, report: Report): void {
  checkAdapters(overlay, report);
  const byId = new Map(services.map((one) => [one.service, one]));
  const known = [...byId.keys()];
  const unknown = (id: string, path: PropertyKey[]) => {
    if (!byId.has(id))
      report(path, "unknown-service", `there is no service "${id}"`, { expected: oneOfThese(known), ...didYouMean(id, known) });
    return byId.get(id);
  };
  for (const [index, id] of (overlay.offers ?? []).entries()) unknown(id, ["offers", index]);
  for (const id of Object.keys(overlay.terms ?? {})) {
    const service = unknown(id, ["terms", id]);
    if (service && !isHandWritten(service)) checkTerm(applied(service, { ...overlay, patches: {} }), report, ["terms", id]);
  }
  for (const [id, texts] of Object.entries(overlay.texts ?? {})) {
    const names = Object.keys(unknown(id, ["texts", id])?.texts ?? {});
    for (const name of byId.has(id) ? Object.keys(texts) : [])
      if (!names.includes(name))
        report(["texts", id, name], "unknown-text", `${id} has no text "${name}"`, {
          expected: oneOfThese(names),
          ...didYouMean(name, names),
        });
  }
  for (const [id, patches] of Object.entries(overlay.patches ?? {})) {
    const service = unknown(id, ["patches", id]);
    for (const step of service ? Object.keys(patches) : []) checkPatch(overlay, service as Service, step, context, report);
  }
  for (const key of Object.keys(overlay.durations)) checkDuration(key, byId, report, unknown);
}

const applied = <S extends Service>(service: S, overlay: Overlay): S => applyOverlay(service, overlay);

function checkAdapters({ adapters, systems = {}, municipality }: Overlay, report: Report): void {
  const contracts = Object.keys(adapterNames);
  for (const contract of Object.keys(systems))
    if (!adapterNames[contract])
      report(["systems", contract], "unknown-contract", `there is no contract "${contract}"`, {
        expected: oneOfThese(contracts),
        ...didYouMean(contract, contracts),
      });
  for (const [contract, adapter] of Object.entries(adapters)) {
    const names = adapterNames[contract];
    if (!names)
      report(["adapters", contract], "unknown-contract", `there is no contract "${contract}"`, {
        expected: oneOfThese(contracts),
        ...didYouMean(contract, contracts),
      });
    else if (!names.includes(adapter))
      report(["adapters", contract], "unknown-adapter", `the contract ${contract} has no adapter "${adapter}"`, {
        expected: oneOfThese(names),
        ...didYouMean(adapter, names),
      });
  }
  for (const contract of contracts)
    if (!(contract in adapters))
      report(["adapters"], "missing-adapter", `${municipality} has no adapter for ${contract}`, {
        expected: `${contract}: ${adapterNames[contract]?.join(" or ")}`,
      });
}

/** What a patch breaks: findings that the service does not have without it. */
function checkPatch(overlay: Overlay, service: Service, step: string, context: Context, report: Report): void {
  const path = ["patches", service.service, step];
  if (isHandWritten(service)) return report(path, "patch", `${service.service} is written by hand and has no steps to patch`);
  const patch = overlay.patches?.[service.service]?.[step] ?? null;
  const one: Overlay = { ...overlay, patches: { [service.service]: { [step]: patch } } };
  try {
    const own = { ...context, overlays: offers(overlay, service.service) ? [overlay] : [] };
    const before = new Set(messages(service, own));
    for (const message of messages(applied(service, one), own))
      if (!before.has(message))
        report(path, "patch", `with this patch of ${service.service}: ${message}`, { expected: "a patch that leaves the service right" });
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    const known = [...paths(service.steps, ""), ...paths(service.withdrawn, "")];
    if (error.code === "not-a-step") return report(path, "patch", error.message, { expected: "a step of the same kind, with the same id" });
    report(path, "unknown-step", error.message, {
      expected: oneOfThese(known),
      ...didYouMean(step, known),
    });
  }
}

function messages(service: Service, context: Context): string[] {
  const found: string[] = [];
  checkService(service, (_path, _code, message) => void found.push(message), context);
  return found;
}

/** `<service>.<step path>.within` or `.escalate`; without either the `every` of a confirm. */
function checkDuration(
  key: string,
  services: ReadonlyMap<string, Service>,
  report: Report,
  unknown: (id: string, path: PropertyKey[]) => Service | undefined,
): void {
  const [id = "", path = "", ...rest] = key.split(".");
  const service = unknown(id, ["durations", key]);
  if (!service || isHandWritten(service)) return;
  const known = [...timesOf(service.steps, ""), ...timesOf(service.withdrawn, "")];
  const steps = known.map(([step]) => step);
  const times = known.find(([step]) => step === path)?.[1];
  const time = rest.map((part) => `.${part}`).join("");
  if (!times)
    return report(["durations", key], "unknown-step", `${id} has no step "${path}"`, {
      expected: oneOfThese(steps),
      ...didYouMean(path, steps),
    });
  if (times.includes(time)) return;
  const keys = known.flatMap(([step, all]) => all.map((one) => `${id}.${step}${one}`));
  report(["durations", key], "unknown-step", `the step "${path}" of ${id} has no time that "${key}" would replace`, {
    expected: oneOfThese(keys),
    ...didYouMean(key, keys),
  });
}

/** The steps by path, each with its times: `.within`, `.escalate`, and nothing for the `every` of a confirm. */
function timesOf(steps: readonly Step[], prefix: string): [path: string, times: string[]][] {
  return steps.flatMap((step): [string, string[]][] => [
    [`${prefix}${step.id}`, timesIn(step)],
    ...("decide" in step
      ? Object.entries(step.decide.asks).map(([ask, spec]): [string, string[]] => [`${prefix}${step.id}/${ask}`, withinOf(spec)])
      : []),
    ...innerSteps(step).flatMap((inner) => timesOf(inner.steps, `${prefix}${inner.segment}/`)),
  ]);
}

const withinOf = ({ within }: { within?: string | undefined }): string[] => (within === undefined ? [] : [".within"]);

function timesIn(step: Step): string[] {
  if ("decide" in step) return [...withinOf(step.decide), ...(step.decide.escalate ? [".escalate"] : [])];
  if ("ask" in step) return withinOf(step.ask);
  if ("wait" in step) return [...withinOf(step.wait), ...(step.wait.confirm ? [""] : [])];
  if ("open" in step) return withinOf(step.open);
  return "call" in step ? withinOf(step) : [];
}

function paths(steps: readonly Step[], prefix: string): string[] {
  return steps.flatMap((step) => [
    `${prefix}${step.id}`,
    ...("decide" in step ? Object.keys(step.decide.asks).map((ask) => `${prefix}${step.id}/${ask}`) : []),
    ...innerSteps(step).flatMap((inner) => paths(inner.steps, `${prefix}${inner.segment}/`)),
  ]);
}

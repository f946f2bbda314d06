import { beforeEach, describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { Catalogue, versionOf } from "./catalogue.ts";
import { readCatalogue } from "./check.ts";
import { CurrentCatalogue, type DefinitionsPort } from "./current-catalogue.ts";
import type { Overlay, Pinned, Service } from "./definition.ts";

const { services, overlays } = readCatalogue(join(import.meta.dirname, ".."));
const overlay = overlays.find(({ municipality }) => municipality === "milano") as Overlay;
const compiled = new Catalogue(services, overlay);
const ID = "disabled-parking-pass";

/** The parking pass with another field in its request. */
function published(field: string): Pinned & { version: string } {
  const service = structuredClone(compiled.service(ID)) as Service;
  service.request[field] = "Text";
  return { service, overlay, version: versionOf({ service, overlay }) };
}

let aliases: Map<string, string>;
let kept: Map<string, Pinned>;
let asked: string[];
let down: boolean;
let clock: number;
const port: DefinitionsPort = {
  async aliases() {
    asked.push("aliases");
    if (down) throw new Error("away");
    return new Map(aliases);
  },
  async definition(version) {
    asked.push("definition");
    if (down) throw new Error("away");
    const definition = kept.get(version);
    return definition && { definition: structuredClone(definition) };
  },
  async keep({ version, definition }) {
    asked.push("keep");
    if (down) throw new Error("away");
    kept.set(version, definition);
  },
};
let current: CurrentCatalogue;

beforeEach(() => {
  [aliases, kept, asked, down, clock] = [new Map(), new Map(), [], false, 0];
  current = new CurrentCatalogue(compiled, port, () => clock);
});

const publish = (definition: Pinned & { version: string }, id = ID) => {
  kept.set(definition.version, definition);
  aliases.set(id, definition.version);
};

describe("what a new case takes", () => {
  test("is the build's version while nothing is published, and it is kept in the register once", async () => {
    const [one, two] = [await current.pinned(ID), await current.pinned(ID)];
    expect(one).toEqual(compiled.pinned(ID));
    expect(two).toEqual(one);
    expect([...kept.keys()]).toEqual([one?.version]);
    expect(asked).toEqual(["aliases", "keep"]);
    expect(await current.pinned("no-such-service")).toBeUndefined();
  });

  test("is the published version from then on, within two seconds, and each version is read once", async () => {
    await current.pinned(ID);
    const next = published("plate");
    publish(next);
    clock = 1_999;
    expect((await current.pinned(ID))?.version).toBe(compiled.pinned(ID)?.version);
    clock = 2_000;
    expect(await current.pinned(ID)).toEqual({ service: next.service, overlay, version: next.version });
    clock = 10_000;
    await current.pinned(ID);
    expect(asked.filter((one) => one === "definition")).toHaveLength(1);
  });

  test("is asked for once by many at the same time", async () => {
    await Promise.all(Array.from({ length: 50 }, () => current.services()));
    expect(asked).toEqual(["aliases"]);
  });

  test("is never a guess: without the register the question fails", async () => {
    down = true;
    await expect(current.pinned(ID)).rejects.toThrow("away");
  });

  test("is never a definition that is not what its version names", async () => {
    const next = published("plate");
    aliases.set(ID, next.version);
    kept.set(next.version, published("another"));
    await expect(current.pinned(ID)).rejects.toThrow("is not the version");
  });
});

describe("what a channel sees", () => {
  test("is the current version: its request's fields, and services that no build brought", async () => {
    const next = published("plate");
    publish(next);
    const added = { ...structuredClone(next.service), service: "a-new-service" } as Service;
    publish({ service: added, overlay, version: versionOf({ service: added, overlay }) }, "a-new-service");
    expect((await current.services()).map(({ service }) => service)).toEqual([...services.map(({ service }) => service), "a-new-service"]);
    expect((await current.describe(ID))?.requestSchema["required"]).toContain("plate");
    expect((await current.checkRequest(ID, {})).map(({ field }) => field)).toContain("plate");
  });

  test("stays the last one known while the register is away", async () => {
    publish(published("plate"));
    await current.describe(ID);
    down = true;
    clock = 60_000;
    expect((await current.describe(ID))?.requestSchema["required"]).toContain("plate");
    expect(await new CurrentCatalogue(compiled, port).describe(ID)).toEqual(compiled.describe(ID));
  });

  test("is read anew at once after `refresh`", async () => {
    await current.describe(ID);
    publish(published("plate"));
    current.refresh();
    expect((await current.describe(ID))?.requestSchema["required"]).toContain("plate");
  });
});

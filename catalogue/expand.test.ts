import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { Fragment, YamlService } from "./definition.ts";
import { expand, FragmentError } from "./expand.ts";
import { wholeService } from "./testing.ts";

const service = (steps: string) => YamlService.parse(parse(wholeService(`steps:\n${steps}\n`)));
const fragment = (name: string, steps: string) =>
  Fragment.parse(
    parse(
      `darsena: 1\nfragment: ${name}\ntitle: { en: A, it: A }\ninputs: { word: Text }\noutputs: { said: "\${vars.said}" }\nsteps:\n${steps}\n`,
    ),
  );

const say = fragment("say", '  - { id: say, set: { said: "${inputs.word}" } }');
const twice = fragment(
  "say-twice",
  "  - { id: once, use: fragments/say, with: { word: a } }\n  - { id: again, use: fragments/say, with: { word: b } }",
);

const use = (id: string, name = "say") => `{ id: ${id}, use: fragments/${name}, with: { word: x } }`;
const codeOf = (run: () => unknown) => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof FragmentError ? error.code : error;
  }
};

describe("a fragment takes the place of the step that uses it", () => {
  test("with its inputs, steps and outputs, and the step's own id, condition and labels", () => {
    const { steps } = expand(
      service(
        '  - { id: hello, when: request.kind == "new", title: { en: Hi, it: Ciao }, use: fragments/say, with: { word: "${request.kind}" } }',
      ),
      [say],
    );
    expect(steps).toEqual([
      {
        id: "hello",
        when: 'request.kind == "new"',
        title: { en: "Hi", it: "Ciao" },
        block: { fragment: "say", inputs: { word: "${request.kind}" }, steps: say.steps, outputs: { said: "${vars.said}" } },
      },
    ]);
  });

  test("at any depth: in branches, side by side, for each item, in the withdrawal, in other fragments", () => {
    const nested = service(`  - id: way
    choose: [{ if: "true", steps: [${use("a")}] }, { steps: [${use("b", "say-twice")}] }]
  - id: both
    parallel: { branches: { one: [${use("c")}] } }
  - id: each
    forEach: { in: "\${[1]}", as: item, steps: [${use("d")}] }
withdrawn: [${use("e")}]`);
    const text = JSON.stringify(expand(nested, [say, twice]));
    expect(text.match(/"fragment":"say"/g)).toHaveLength(6);
    expect(text).not.toContain('"use"');
  });

  test("a service that uses none comes back equal", () => {
    const plain = service("  - { id: done, set: { a: 1 } }");
    expect(expand(plain, [say])).toEqual(plain);
  });
});

describe("a fragment that cannot be put in is refused", () => {
  test("because it does not exist", () =>
    expect(codeOf(() => expand(service("  - { id: hello, use: fragments/shout, with: {} }"), [say]))).toBe("unknown-fragment"));
  test("because it uses itself, through another", () => {
    const ping = fragment("ping", "  - { id: a, use: fragments/pong, with: {} }");
    const pong = fragment("pong", "  - { id: a, use: fragments/ping, with: {} }");
    expect(codeOf(() => expand(service("  - { id: hello, use: fragments/ping, with: {} }"), [ping, pong]))).toBe("fragment-cycle");
  });
});

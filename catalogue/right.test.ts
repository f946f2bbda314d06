import { describe, expect, test } from "@jest/globals";
import { checkSources } from "./check.ts";
import { goodSources, wholeService } from "./testing.ts";

const findingsOf = (text: string) =>
  checkSources([...goodSources, { file: "services/test/wrong-case.yaml", text: wholeService(text) }]).findings;

const registration = `- { id: registration, call: protocol.register, with: { subject: A subject, sender: "\${request.applicant}" } }`;
const decision = `- id: decision
    decide:
      office: officeOne
      within: P10D
      outcomes:
        grant: { title: { en: Grant, it: Concedi }, form: { until: Date, plate: "Plate?" } }
        refuse: { title: { en: Refuse, it: Respingi }, form: { reason: Text } }
      asks: { more: { title: { en: More, it: Altro }, form: { text: Text }, within: P5D, clock: integration } }`;
const granted = `outcome: 'steps.decision.outcome == "grant" ? "granted" : "refused"'`;

describe("what is right has no findings", () => {
  test.each([
    ["what has() found may be read", `steps:\n  - { id: done, when: has(request.note), set: { a: "\${request.note}" } }\n`],
    [
      "what has() found may be read after ? and &&",
      `steps:\n  - { id: done, when: 'has(request.note) && request.note == "x"', set: { a: '\${has(request.note) ? request.note : "none"}' } }\n`,
    ],
    [
      "a result may be read where the step's own condition holds",
      `steps:\n  - { id: registration, when: request.kind == "new", call: protocol.register, with: { subject: A subject, sender: "\${request.applicant}" } }\n  - { id: done, when: 'request.kind == "new"', set: { a: "\${steps.registration.number}" } }\n`,
    ],
    [
      "a result may be read where has() found it, and optionally anywhere",
      `steps:\n  - { id: registration, when: request.kind == "new", call: protocol.register, with: { subject: A subject, sender: "\${request.applicant}" } }\n  - { id: done, when: has(steps.registration), set: { a: "\${steps.registration.number}" } }\n  - { id: also, set: { b: "\${steps.?registration.?number}", c: '\${steps.?registration.?number.orValue("none")}' } }\n`,
    ],
    [
      "a form's fields follow from the outcome, also through a step that depends on it",
      `steps:\n  ${decision}\n  - { id: done, when: steps.decision.outcome == "grant", set: { a: "\${steps.decision.form.until}" } }\n  - { id: registration, when: steps.decision.outcome == "grant", call: protocol.register, with: { subject: A subject, sender: "\${request.applicant}" } }\n  - { id: also, when: has(steps.registration), set: { b: "\${steps.decision.form.until}", c: "\${steps.decision.form.?plate}" } }\n  - { id: no, when: steps.decision.outcome != "grant", set: { d: "\${steps.decision.form.reason}" } }\n${granted}\n`,
    ],
    [
      "an ask's answer may be read when it was given",
      `steps:\n  ${decision}\n  - { id: done, set: { a: '\${steps.decision.answers.?more.?text.orValue("")}' } }\n${granted}\n`,
    ],
    [
      "what every branch sets is set",
      `steps:\n  - id: way\n    choose:\n      - { if: request.kind == "new", steps: [{ id: one, set: { word: a } }] }\n      - steps: [{ id: other, set: { word: b } }]\n  - { id: done, set: { a: "\${vars.word}" } }\n`,
    ],
    [
      "after a branch that ends the case, the other's results are there",
      `steps:\n  - id: way\n    choose:\n      - { if: request.kind == "new", steps: [{ id: stop, end: inadmissible }] }\n      - steps:\n          ${registration}\n  - { id: done, set: { a: "\${steps.registration.number}" } }\n`,
    ],
    [
      "branches side by side are all there after them",
      `steps:\n  - id: both\n    parallel:\n      branches:\n        one:\n          ${registration}\n        other: [{ id: b, set: { b: 1 } }]\n  - { id: done, set: { a: "\${steps.registration.number}", b: "\${vars.b}", c: "\${steps.both.done}" } }\n`,
    ],
    [
      "items of a list have their type, and results are listed",
      `steps:\n  - id: fines\n    call: tax.openFines\n    with: { taxCode: "\${request.applicant.taxCode}" }\n    rejected: [{ if: "true", end: inadmissible }]\n  - id: each\n    forEach:\n      in: "\${steps.fines.items.filter(f, f.amount > 10)}"\n      as: fine\n      steps:\n        - { id: one, call: protocol.register, with: { subject: "Fine \${fine.reference}, \${index}", sender: "\${request.applicant}" } }\n        - { id: two, set: { last: "\${steps.one.number}" } }\n  - { id: done, set: { a: "\${steps.each.items.map(i, i.one.number)}", b: "\${vars.?last}" } }\n`,
    ],
    [
      "an answer that may not come is read as such",
      `steps:\n  - { id: proof, ask: { title: { en: Proof, it: Prova }, form: { paper: Attachment }, within: P5D } }\n  - { id: done, when: has(steps.proof.paper), set: { a: "\${steps.proof.paper.id}" } }\n`,
    ],
    [
      "an ask without which the case ends has its answer",
      `steps:\n  - { id: proof, ask: { title: { en: Proof, it: Prova }, form: { paper: Attachment }, within: P5D, otherwise: { end: inadmissible } } }\n  - { id: done, set: { a: "\${steps.proof.paper.id}" } }\n`,
    ],
    [
      "a child case gives its outcome",
      `steps:\n  - { id: child, open: { service: good-service, request: { applicant: "\${request.applicant}" } } }\n  - { id: done, when: steps.child.outcome == "granted", set: { a: "\${steps.child.?protocolNumber}" } }\n`,
    ],
    [
      "a code step gives what it declares",
      `request: { applicant: Person, kind: "new | renewal", from: Date, to: Date }\nsteps:\n  - { id: days, run: period, with: { from: "\${request.from}", to: "\${request.to}" } }\n  - { id: done, when: steps.days.days > 3, set: { a: "\${steps.days.after}" } }\n`,
    ],
    [
      "numbers of JSON meet integers",
      `steps:\n  - { id: done, when: "request.amount > 3 && request.amount == 5 && request.amount * 2 in [1, 2]", set: { a: "\${request.amount > 3 ? request.amount : 3}", b: "\${size(request.kind) + 1}" } }\n`,
    ],
    [
      "objects are compared, and values named for a while",
      `steps:\n  - { id: done, when: 'request.applicant == request.applicant && "taxCode" in request.applicant', set: { a: "\${cel.bind(p, request.applicant, p.taxCode + p.givenName)}" } }\n`,
    ],
    [
      "a reading that only the withdrawal needs",
      `steps:\n  ${registration}\nwithdrawn:\n  - { id: first, call: protocol.register, with: { subject: 'Withdrawn \${steps.?registration.?number.orValue("")}', sender: "\${request.applicant}" } }\n  - { id: second, set: { a: "\${steps.first.number}" } }\n`,
    ],
    [
      "texts with placeholders",
      `texts:\n  done: { en: "Done, \${case.receipt}, \${steps.registration.number}", it: "Fatto, \${steps.registration.number}, \${case.receipt}" }\nsteps:\n  ${registration}\n  - { id: done, set: { a: "\${texts.done.it}" } }\n`,
    ],
  ])("%s", (_name, text) => {
    expect(findingsOf(text)).toEqual([]);
  });
});

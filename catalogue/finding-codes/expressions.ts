/** Findings about expressions. */
import type { FindingCode } from "../findings.ts";

export const expressionCodes = {
  "expression-syntax": {
    level: "error",
    title: "An expression cannot be read",
    why: "Expressions are CEL. A case would stop at it and wait for an operator.",
    wrong: 'when: request.kind = "new"',
    right: 'when: request.kind == "new"',
  },
  "expression-type": {
    level: "error",
    title: "An expression puts together what does not go together",
    why: "The types are those of the request, the forms and the contracts. A case would stop at it and wait for an operator. An optional value (`.?`) is no text before `.orValue(...)`.",
    wrong: 'when: request.?email == "x"',
    right: 'when: request.?email.orValue("") == "x"',
  },
  "not-a-condition": {
    level: "error",
    title: "A condition gives something else than true or false",
    why: "`when`, `if` and `until` decide; a text or a number decides nothing.",
    wrong: "when: request.kind",
    right: 'when: request.kind == "new"',
  },
  "matches-refused": {
    level: "error",
    title: "`matches` is not allowed",
    why: "CEL's own `matches` can run for ever on some texts. `like(text, pattern)` does the same in time linear to the text.",
    wrong: 'when: request.note.matches("^[A-Z]+$")',
    right: 'when: like(request.note, "[A-Z]+")',
  },
  "unknown-name": {
    level: "error",
    title: "A name that does not exist",
    why: "The request has no such field, the form no such answer, the operation no such output. With `.?` it would silently be absent for ever.",
    wrong: "${request.aplicant.taxCode}",
    right: "${request.applicant.taxCode}",
  },
  "maybe-absent": {
    level: "error",
    title: "Something that may be absent is read as if it were there",
    why: "Reading what is absent stops the case. Read it with `.?`, which leaves it out, or only where `has(...)` holds.",
    wrong: "text: ${request.applicant.email}",
    right: 'text: ${request.applicant.?email.orValue("none")}',
  },
  "may-not-have-run": {
    level: "error",
    title: "A result is read of a step that may not have run",
    why: "The step has a `when`, is optional, stands in a branch, or may be refused by its system; then it has no result. Where the same condition holds, or `has(steps.<id>)`, it may be read.",
    wrong:
      'steps:\n  - { id: fee, when: request.kind == "duplicate", call: payments.createDebt, ... }\n  - { id: tell, call: messages.send, with: { markdown: "${steps.fee.debt.noticeNumber}" } }',
    right:
      'steps:\n  - { id: fee, when: request.kind == "duplicate", call: payments.createDebt, ... }\n  - { id: tell, when: has(steps.fee), call: messages.send, with: { markdown: "${steps.fee.debt.noticeNumber}" } }',
  },
  "not-run-yet": {
    level: "error",
    title: "A result is read of a step that cannot have run yet",
    why: "The step stands later, in another branch, or inside a `forEach` or fragment, whose steps are not seen from outside.",
    wrong:
      'steps:\n  - { id: tell, call: messages.send, with: { markdown: "${steps.registration.number}" } }\n  - { id: registration, call: protocol.register, ... }',
    right:
      'steps:\n  - { id: registration, call: protocol.register, ... }\n  - { id: tell, call: messages.send, with: { markdown: "${steps.registration.number}" } }',
  },
  "unknown-word": {
    level: "error",
    title: "A comparison with a word that never comes",
    why: "The value is one of a few words and this is none of them: the comparison would be false for ever. Outcomes, enumerated fields and codes of refusals are such words.",
    wrong: 'when: steps.decision.outcome == "gratned"',
    right: 'when: steps.decision.outcome == "granted"',
  },
} as const satisfies Record<string, FindingCode>;

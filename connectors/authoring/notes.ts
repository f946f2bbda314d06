/** Notes: what a generated connector leaves out, assumes or does otherwise. Every one has a name, so that nothing is left out silently. */

/** Each note's name and what it means to the integrator. */
export const NOTES = {
  "any-element": "`xs:any`: the elements are held as XML text, one string per element",
  "any-type": "an element of any type: its content is held as XML text",
  "any-attribute": "`xs:anyAttribute`: further attributes are neither written nor read",
  "mixed-content": "mixed content: text between the elements is neither written nor read",
  "derived-types": "other types are derived from this one and may stand in its place by `xsi:type`; only the type itself is offered",
  "abstract-without-types": "an abstract type without a type that stands in for it; its content is held as XML text",
  "pattern-not-checked": "a pattern that is not in the language of XSD is not checked",
  "pattern-anchors":
    "a pattern begins with `^` or ends with `$`, which XSD takes literally; they are taken for anchors, as their author meant",
  "pattern-of-javascript": "a pattern is not in the language of XSD and was taken as a regular expression of JavaScript",
  "no-sample": "no sample could be made; the simulator and the golden cases need one by hand",
  redefine: "`xs:redefine` is read as an include; what it changes is not applied",
  "identity-constraint": "`xs:key`, `xs:unique` and `xs:keyref` are not checked",
  assertion: "`xs:assert` (XSD 1.1) is not checked",
  "qname-value": "a QName is held as it is written; its prefix must be one of the wire table",
  "nil-in-list": "an item of a list may be nil; nil items are left out of answers",
  "missing-file": "a file that is imported is not there; its components are unknown",
  "remote-file": "an import points to another host and was not fetched",
  "unknown-component": "a name is used that no schema defines; its content is held as XML text",
  "abstract-wsdl": "the WSDL has no binding to SOAP; nothing can be called",
  "other-binding": "a binding that is not SOAP (HTTP GET, POST, MIME) was left out",
  "same-operation": "further ports offer the same operations in another version or under another address; one was chosen",
  "overloaded-operation": "the port has several operations of this name; later ones have a number",
  header: "the operation has a header in its answer, which is not read",
  "header-input": "the operation takes a SOAP header: the input's `headers` hold it",
  attachment: "the operation has attachments (MIME parts), which are neither sent nor read",
  encoded: "rpc/encoded: answers that refer from one element to another (`href`) are refused",
  "not-request-response": "an operation by which the system calls us was left out",
  "several-parts": "document style with several parts in the body: only the first is sent",
  "assumed-effect": "the effect was assumed from the operation's name; correct it in the contract",
  "one-way": "the operation has no answer: success means that the request was taken",
  "refused-name": "answers with an element of this name are refused: names of JavaScript's own objects have broken parsers",
  renamed: "a name that is no identifier, or that was taken, has another one in the contract",
  "type-of-openapi": "a schema of OpenAPI that has no counterpart",
  "media-type": "a body that is not JSON",
  "security-of-openapi": "a security scheme that the generated adapter does not apply by itself",
} as const satisfies Record<string, string>;

export type NoteCode = keyof typeof NOTES;

export interface Note {
  code: NoteCode;
  /** Operation, type or file that it is about. */
  where: string;
  detail?: string;
}

/** Collects notes, each once. */
export class Notes {
  readonly #all = new Map<string, Note>();

  add(code: NoteCode, where: string, detail?: string): void {
    this.#all.set(`${code} ${where} ${detail ?? ""}`, { code, where, ...(detail === undefined ? {} : { detail }) });
  }

  list(): Note[] {
    return [...this.#all.values()];
  }
}

/** One line for a reader. */
export const noteLine = ({ code, where, detail }: Note): string => `${code}  ${where}${detail ? `: ${detail}` : ""}`;

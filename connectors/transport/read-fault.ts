/** A SOAP fault of either version in one form. */
import { childrenOf, qualifiedName, textOf, type XmlNode } from "./xml-tree.ts";

/** A SOAP fault of either version. Its text and detail are the system's words: never in messages or logs. */
export interface SoapFault {
  version: "1.1" | "1.2";
  /** Local name of the code: `Server`, `Client`, `Receiver`, `Sender`, `FailedAuthentication` ... */
  code: string;
  codeNamespace: string | undefined;
  /** Local name of the innermost subcode; SOAP 1.2 only. */
  subcode: string | undefined;
  /** Who says so: `faultactor`, or Role else Node of SOAP 1.2. */
  actor?: string;
  text: string;
  /** Text of the detail's innermost elements by local name; the last one of a name. */
  detail: Readonly<Record<string, string>>;
  /** The first element within the detail: by it a WSDL declares its faults. */
  detailElement?: { name: string; namespace: string };
}

/** Reads the Fault element; what is absent is the empty text. */
export function readFault(fault: XmlNode, version: "1.1" | "1.2"): SoapFault {
  const part = (...path: string[]): XmlNode | undefined => {
    let node: XmlNode | undefined = fault;
    for (const name of path) node = node && childrenOf(node).find(({ tag }) => tag.local === name);
    return node;
  };
  const codeNode = version === "1.1" ? part("faultcode") : part("Code", "Value");
  const code = said(codeNode);
  const named = codeNode && code.includes(":") ? qualifiedName(codeNode, code) : { uri: undefined, local: code };
  const subcode = version === "1.2" ? said(innermostSubcode(part("Code"))) : "";
  const detail = part("detail") ?? part("Detail");
  const [first] = detail ? childrenOf(detail) : [];
  const actor = said(version === "1.1" ? part("faultactor") : (part("Role") ?? part("Node")));
  const leaves: Record<string, string> = Object.create(null) as Record<string, string>;
  if (detail) collect(detail, leaves);
  return {
    version,
    code: named.local,
    codeNamespace: named.uri,
    subcode: subcode === "" ? undefined : subcode.slice(subcode.indexOf(":") + 1),
    text: said(version === "1.1" ? part("faultstring") : part("Reason", "Text")),
    detail: leaves,
    ...(actor === "" ? {} : { actor }),
    ...(first ? { detailElement: { name: first.tag.local, namespace: first.tag.uri } } : {}),
  };
}

const said = (node: XmlNode | undefined): string => (node ? textOf(node).trim() : "");

function innermostSubcode(code: XmlNode | undefined): XmlNode | undefined {
  let value: XmlNode | undefined;
  let node = code;
  while (node) {
    node = childrenOf(node).find(({ tag }) => tag.local === "Subcode");
    value = (node && childrenOf(node).find(({ tag }) => tag.local === "Value")) ?? value;
  }
  return value;
}

/** Leaves with a text; a detail that is text itself has none. */
function collect(node: XmlNode, leaves: Record<string, string>): void {
  const children = childrenOf(node);
  const text = children.length === 0 ? textOf(node).trim() : "";
  if (text !== "") leaves[node.tag.local] = text;
  for (const child of children) collect(child, leaves);
}

/** XML text to the bytes of a request. */

export type XmlEncoding = "UTF-8" | "ISO-8859-1";

/**
 * Encodes XML text. In ISO-8859-1 a character outside it becomes a numeric reference, so the text must hold no CDATA,
 * and names must be ASCII. U+0080 to U+009F are references too, because many readers take them for windows-1252.
 */
export function encodeXml(text: string, encoding: XmlEncoding): Buffer {
  if (encoding === "UTF-8") return Buffer.from(text, "utf8");
  const escaped = text.replace(
    /[\x80-\x9f]|[^\p{ASCII}\xa0-\xff]/gu,
    (character) => `&#x${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()};`,
  );
  return Buffer.from(escaped, "latin1");
}

/** The declaration that belongs before text encoded so. */
export const xmlDeclaration = (encoding: XmlEncoding): string => `<?xml version="1.0" encoding="${encoding}"?>`;

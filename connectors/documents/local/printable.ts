/** Which text the standard PDF fonts can show (WinAnsi). A name with a letter beyond it is refused, never printed wrong. */

const WIN_ANSI = /^[\n\u0020-\u007E\u00A0-\u00FF€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]*$/;

/** The text in composed form (`e` with a combining accent is `è`), with line breaks and tabs in one form; undefined when it cannot be shown. */
export function printable(text: string): string | undefined {
  const composed = text.normalize("NFC").replaceAll(/\r\n?/g, "\n").replaceAll("\t", " ");
  return WIN_ANSI.test(composed) ? composed : undefined;
}

/** A file name from a title: `Contrassegno di Niccolò` is `contrassegno-di-niccolo.pdf`. */
export function fileName(title: string): string {
  const plain = title
    .normalize("NFD")
    .replaceAll(/\p{Mark}/gu, "")
    .toLowerCase();
  const slug = plain
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 80)
    .replaceAll(/^-|-$/g, "");
  return `${slug || "documento"}.pdf`;
}

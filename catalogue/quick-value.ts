/** The value of a YAML text in a third of the time, where it needs no second look. */
import { load } from "js-yaml";

/** Anchors and aliases, whose values are shared, and directives, which may ask for another YAML: the thorough parser's matter. */
const UNUSUAL = /^%|(?:^|[\s[{,:-])[&*][\w-]/;

/**
 * The text's value, or nothing where the thorough parser has to look: at whatever is not plainly right, since only that parser's
 * mistakes have places, and at what is seldom used. Both read YAML 1.2; a test holds their values equal.
 */
export function quickValue(text: string): { value: unknown } | undefined {
  if (UNUSUAL.test(text)) return undefined;
  try {
    return { value: load(text) };
  } catch {
    // Not swallowed: the thorough parser reads the text next, and tells what is wrong.
    return undefined;
  }
}

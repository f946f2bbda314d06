/** Names of people, until there is authorisation: kept, and marked as what they are. */

const MARK = " (unverified)";

/** A person's name with the mark, once. */
export const unverified = (name: string): string => (name.endsWith(MARK) ? name : `${name}${MARK}`);

/** Who a message comes from: `applicant` names nobody, `office:<name>` and `system:<name>` do. */
export const unverifiedSender = (from: string): string => (from === "applicant" ? from : unverified(from));

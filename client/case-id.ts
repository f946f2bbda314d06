/** Case ids: `<service>-<yyyymmdd>-<ten random characters>`; the workflow's id, a ledger key's head, a file's name. No personal data, no `/`. */
import { randomInt } from "node:crypto";

/** Crockford's base32 in lower case: digits and letters without i, l, o and u, so that an id read aloud is typed right. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 10;
const SERVICE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const CASE = /^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)-([0-9]{8})-([0-9a-hjkmnp-tv-z]{10})$/;

/** True when the text can be a service's id: kebab-case, at most 60 characters. */
export const isServiceId = (text: string): boolean => text.length <= 60 && SERVICE.test(text);

/** A new case id of this service; 50 random bits make two of one day differ. Throws RangeError when the service is not an id. */
export function newCaseId(service: string, at: Date = new Date()): string {
  if (!isServiceId(service)) throw new RangeError("a service's id is kebab-case, at most 60 characters");
  const day = at.toISOString().slice(0, 10).replaceAll("-", "");
  let random = "";
  for (let index = 0; index < LENGTH; index++) random += ALPHABET[randomInt(ALPHABET.length)];
  return `${service}-${day}-${random}`;
}

/** True when the text is a case id as this module makes them. */
export const isCaseId = (text: string): boolean => text.length <= 80 && CASE.test(text);

/** The service whose case this is, or undefined when the text is no case id of ours. */
export const serviceOfCase = (caseId: string): string | undefined => CASE.exec(caseId)?.[1];

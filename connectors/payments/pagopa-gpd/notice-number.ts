/** The number by which a debt is paid (Italian: numero avviso) and its reference, the IUV, for auxiliary digit 3. */

const AUX_DIGIT = "3";
const BASE_DIGITS = 13;

/** Both forms of one number: `nav` (18 digits, on the notice) is the auxiliary digit followed by `iuv` (17 digits). */
export interface NoticeNumber {
  readonly iuv: string;
  readonly nav: string;
}

/** Two check digits: the first 16 digits of the notice number as one integer, modulo 93. */
export const checkDigits = (first16: string): string => (BigInt(first16) % 93n).toString().padStart(2, "0");

/** The notice number of the n-th debt of a segregation code (two digits, given by pagoPA to the body). */
export function noticeNumber(segregation: string, sequence: bigint): NoticeNumber {
  const base = sequence.toString().padStart(BASE_DIGITS, "0");
  if (sequence < 1n || base.length > BASE_DIGITS) throw new RangeError("the sequence of notice numbers is used up");
  const first16 = `${AUX_DIGIT}${segregation}${base}`;
  const nav = `${first16}${checkDigits(first16)}`;
  return { iuv: nav.slice(1), nav };
}

/** Whether this is a notice number with auxiliary digit 3 and right check digits. */
export const isNoticeNumber = (nav: string): boolean => /^3[0-9]{17}$/.test(nav) && checkDigits(nav.slice(0, 16)) === nav.slice(16);

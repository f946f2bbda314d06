/** Check digits of Italian and European codes, so that a mistyped code is told at once and not by a bank or an office. */

/** Italian VAT number (partita IVA) or tax code of a body: the eleventh digit by Luhn's rule (DPR 633/1972 art. 35). */
export function isVatNumber(code: string): boolean {
  if (!/^[0-9]{11}$/.test(code)) return false;
  let sum = 0;
  for (const [index, character] of [...code].entries()) {
    const digit = Number(character);
    if (index % 2 === 0) sum += digit;
    else sum += digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

/** International bank account number: the first four characters moved to the end, letters as numbers, modulo 97 (ISO 13616). */
export function isIban(code: string): boolean {
  if (!/^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/.test(code)) return false;
  if (code.startsWith("IT") && !/^IT[0-9]{2}[A-Z][0-9]{10}[A-Z0-9]{12}$/.test(code)) return false;
  let rest = 0;
  for (const character of code.slice(4) + code.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Number of a payment notice (numero avviso): 18 digits; with auxiliary digit 3 the last two are the first sixteen modulo 93. */
export function isPaymentNotice(code: string): boolean {
  if (!/^[0-3][0-9]{17}$/.test(code)) return false;
  return !code.startsWith("3") || BigInt(code.slice(0, 16)) % 93n === BigInt(code.slice(16));
}

/** The check character of an Italian tax code (DM 23 December 1976, art. 3). */

const ODD: Record<string, number> = {};
const ODD_VALUES = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
for (const [index, letter] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].entries()) {
  ODD[letter] = ODD_VALUES[index] ?? 0;
  if (index < 10) ODD[String(index)] = ODD_VALUES[index] ?? 0;
}
const even = (character: string) => (character >= "A" ? character.charCodeAt(0) - 65 : Number(character));

/** The sixteenth character for the first fifteen (upper case). */
export function checkCharacter(firstFifteen: string): string {
  let sum = 0;
  for (const [index, character] of [...firstFifteen].entries()) sum += index % 2 === 0 ? (ODD[character] ?? 0) : even(character);
  return String.fromCharCode(65 + (sum % 26));
}

export const hasValidCheckCharacter = (code: string): boolean => code.length === 16 && checkCharacter(code.slice(0, 15)) === code[15];

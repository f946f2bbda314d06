/** Settings and a debt for tests: the debtor is invented, and their place of birth (Z999) does not exist. */
import { checkCharacter } from "../../tax-code.ts";

export const settings = {
  subscriptionKey: "gpd-test-key",
  organisation: "80012345678",
  segregation: "47",
  companyName: "Comune di Prova",
  iban: "IT60X0542811101000000123456",
  category: "9/0101108TS/",
};

const firstFifteen = "NVNNCL80A13Z999";
export const debtor = { taxCode: `${firstFifteen}${checkCharacter(firstFifteen)}`, givenName: "Niccolò", familyName: "Inventato" };

/** In the future, since GPD refuses a term that is over. */
export const dueDate = `${new Date().getUTCFullYear() + 1}-06-30`;
export const input = { debtor, amount: 1_234, reason: "Duplicato del contrassegno", dueDate };

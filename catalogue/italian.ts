/** The project's own validation messages in Italian; those of the validation library come from its own locale. */
const translations: Record<string, string> = {
  "is not a tax code of 16 characters": "non è un codice fiscale di 16 caratteri",
  "has a wrong check character": "ha un carattere di controllo errato",
  "is not a VAT number of 11 digits": "non è una partita IVA di 11 cifre",
  "has a wrong check digit": "ha una cifra di controllo errata",
  "is not an IBAN such as IT60X0542811101000000123456": "non è un IBAN come IT60X0542811101000000123456",
  "has a wrong checksum": "ha un codice di controllo errato",
  "is not a notice number of 18 digits": "non è un numero di avviso di 18 cifre",
  "has wrong check digits": "ha cifre di controllo errate",
  "is not a code of 11 digits": "non è un codice di 11 cifre",
  "is not a postal code of 5 digits": "non è un CAP di 5 cifre",
  "is not a province of 2 letters": "non è una sigla di provincia di 2 lettere",
  "is not a plate like AB123CD": "non è una targa come AB123CD",
  "is not an attachment id": "non è il codice di un allegato",
  "is not a SHA-256 in hexadecimal": "non è uno SHA-256 in esadecimale",
};

export const italian = (message: string): string => translations[message] ?? message;

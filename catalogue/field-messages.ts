/** What is wrong with a field, in the words of people who fill in forms; what is not here comes from the validation library's own locale. */
import { z } from "zod";

type Language = "en" | "it";
type Issue = z.core.$ZodRawIssue;
type Sentence = Readonly<Record<Language, string>>;

const kinds: Readonly<Record<string, Sentence>> = {
  string: { en: "a text", it: "un testo" },
  number: { en: "a number", it: "un numero" },
  int: { en: "a whole number", it: "un numero intero" },
  boolean: { en: "true or false", it: "vero o falso" },
  array: { en: "a list", it: "un elenco" },
  object: { en: "a group of fields", it: "un gruppo di campi" },
};
const formats: Readonly<Record<string, Sentence>> = {
  date: { en: "is not a date such as 2026-11-22", it: "non è una data come 2026-11-22" },
  email: { en: "is not an e-mail address", it: "non è un indirizzo e-mail" },
};

/** The message for an issue of a field, or nothing where the library's own has to do. */
function sentenceOf(issue: Issue): Sentence | undefined {
  switch (issue.code) {
    case "invalid_type": {
      if (issue.input === undefined) return { en: "is missing", it: "manca" };
      const kind = kinds[issue.expected];
      return kind && { en: `is not ${kind.en}`, it: `non è ${kind.it}` };
    }
    case "too_small":
      return bound(issue.origin, issue.minimum, {
        text: { en: "shorter", it: "meno" },
        number: { en: "less", it: "minore" },
        list: "fewer",
      });
    case "too_big":
      return bound(issue.origin, issue.maximum, {
        text: { en: "longer", it: "più" },
        number: { en: "more", it: "maggiore" },
        list: "more",
      });
    case "invalid_value": {
      const words = issue.values.map(String).join(", ");
      return { en: `is not one of: ${words}`, it: `non è tra: ${words}` };
    }
    case "unrecognized_keys":
      return { en: "is not a field that is asked for", it: "non è un campo previsto" };
    case "invalid_format":
      return formats[issue.format];
    default:
      return undefined;
  }
}

function bound(origin: string, limit: number | bigint, words: { text: Sentence; number: Sentence; list: string }): Sentence | undefined {
  if (origin === "string" && limit === 1) return { en: "is empty", it: "è vuoto" };
  if (origin === "string") return { en: `is ${words.text.en} than ${limit} characters`, it: `ha ${words.text.it} di ${limit} caratteri` };
  if (origin === "array") return { en: `has ${words.list} than ${limit} items`, it: `ha ${words.text.it} di ${limit} elementi` };
  const isNumber = origin === "number" || origin === "int";
  return isNumber ? { en: `is ${words.number.en} than ${limit}`, it: `è ${words.number.it} di ${limit}` } : undefined;
}

const locales = { en: z.locales.en().localeError, it: z.locales.it().localeError };

/** The messages of a language, for the validation library. A schema's own messages come before them. */
export const messagesIn =
  (language: Language): z.core.$ZodErrorMap =>
  (issue) =>
    sentenceOf(issue)?.[language] ?? locales[language](issue);

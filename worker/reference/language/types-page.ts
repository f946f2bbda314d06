/** docs/language/types.md: the types of fields, each with a right and a wrong value and what the applicant is told of the wrong one. */
import { issuesOf, schemaOf, typeNames } from "../../../catalogue/fields.ts";
import type { Json } from "../../../connectors/json.ts";
import { code, page, table } from "../markdown.ts";
import { membersOf } from "../schema-words.ts";

/** A type's meaning, with a value that it takes and one that it refuses. */
export interface TypeWords {
  meaning: string;
  right: Json;
  wrong?: Json;
}

const person = { taxCode: "RSSMRA80A01F205X", givenName: "Maria", familyName: "Rossi" };
const address = { street: "Via Prova", number: "1", postalCode: "20121", town: "Milano", province: "MI" };
const attachment = { id: "att-0123abcd", sha256: "0".repeat(64), bytes: 1200, mediaType: "application/pdf", name: "certificate.pdf" };

/** By the type's name; a test holds that there is one for each, and that the values are right and wrong. */
export const typeWords: Readonly<Record<string, TypeWords>> = {
  Person: { meaning: "A natural person.", right: person, wrong: { ...person, taxCode: "RSSMRA80A01F205Y" } },
  Organisation: {
    meaning: "An association, a company, a body, with the person who represents it.",
    right: { code: "12345678903", name: "Associazione Prova", representative: person },
    wrong: { code: "123", name: "Associazione Prova", representative: person },
  },
  Address: { meaning: "An Italian address.", right: address, wrong: { ...address, postalCode: "2012" } },
  Vehicle: { meaning: "A vehicle by its plate.", right: { plate: "AB123CD", model: "Panda" }, wrong: { plate: "AB12CD" } },
  TaxCode: {
    meaning: "Codice fiscale of a natural person: 16 characters, check character verified (DM 23 December 1976).",
    right: "RSSMRA80A01F205X",
    wrong: "RSSMRA80A01F205Y",
  },
  VatNumber: { meaning: "Partita IVA: 11 digits, check digit verified.", right: "12345678903", wrong: "12345678904" },
  Iban: {
    meaning: "Bank account by IBAN, without spaces, checksum verified (ISO 13616); Italian ones in their national form.",
    right: "IT60X0542811101000000123456",
    wrong: "IT60X0542811101000000123457",
  },
  NoticeNumber: {
    meaning: "Number of a pagoPA payment notice (numero avviso): 18 digits, check digits verified where the notice has them.",
    right: "302000100000019414",
    wrong: "302000100000019421",
  },
  Attachment: {
    meaning: "A stored file by reference: uploaded first, never in the request itself.",
    right: attachment,
    wrong: { ...attachment, sha256: "0" },
  },
  Date: { meaning: "A calendar date, never an instant.", right: "2026-11-22", wrong: "22/11/2026" },
  Money: { meaning: "Euro cents, a whole number from 1 on.", right: 1000, wrong: 10.5 },
  Plate: { meaning: "Registration plate of an Italian vehicle.", right: "AB123CD", wrong: "AB12CD" },
  Text: { meaning: "A text of 1 to 5000 characters.", right: "Any words", wrong: "" },
  Number: { meaning: "A number.", right: 2.5, wrong: "2,5" },
  Integer: { meaning: "A whole number.", right: 3, wrong: 2.5 },
  Boolean: { meaning: "True or false.", right: true, wrong: "yes" },
  Email: { meaning: "An e-mail address.", right: "maria@example.org", wrong: "maria" },
  Any: { meaning: "Whatever JSON holds: for fragments that pass a value on.", right: { a: [1, "x"] } },
};

/** The page. */
export const typesPage = (): string =>
  page(
    "Types of fields",
    "Fields of a `request`, of every `form` and of a fragment's `inputs` have one of these types. What does not fit is refused with the field's name and a message in both languages; the value itself is never repeated.",
    table(
      ["written", "means"],
      [
        [code("Date"), "one value, which must be there"],
        [code("Date?"), "may be absent; absent, never null"],
        [code("Attachment[]"), "a list of at most 100"],
        [code('"new | renewal"'), "one of these words"],
      ],
    ),
    ...typeNames.flatMap((name) => typePart(name, typeWords[name] as TypeWords)),
    "## Words",
    "Words between bars: the value is one of them, and `darsena check` knows them when expressions compare it.",
    ...refusal("new | renewal", "old"),
  );

function typePart(name: string, { meaning, right, wrong }: TypeWords): string[] {
  const members = membersOf(schemaOf(name));
  return [
    `## ${name}`,
    meaning,
    ...(members.length > 0
      ? [
          table(
            ["member", "takes", "required"],
            members.map(({ name: member, words, optional }) => [code(member), linked(words), optional ? "" : "yes"]),
          ),
        ]
      : []),
    `For example ${code(JSON.stringify(right))}.`,
    ...(wrong === undefined ? [] : refusal(name, wrong)),
  ];
}

/** Contracts call some types otherwise. */
const inContracts: Readonly<Record<string, string>> = { IsoDate: "Date", Cents: "Money", AttachmentRef: "Attachment" };

function linked(words: string): string {
  const name = inContracts[words] ?? words;
  return name in typeWords ? `[${name}](#${name.toLowerCase()})` : words;
}

const refusal = (type: string, wrong: Json): string[] =>
  issuesOf({ field: type }, { field: wrong }).map(
    ({ field, en, it }) => `Not ${code(JSON.stringify(wrong))}: ${code(field)} *${en}*, *${it}*.`,
  );

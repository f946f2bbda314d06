import { describe, expect, test } from "@jest/globals";
import { dialects } from "./dialects.ts";
import { ada, club } from "./fixtures.ts";
import { type Entry, segnaturaOf } from "./segnatura.ts";
import { readSegnatura } from "./simulator-messages.ts";

const registrar = { organisationCode: "c_f205", organisationName: "Comune di Prova", aoo: "AOO1", classification: "06.03" };
const entry: Entry = {
  flow: "E",
  subject: "Contrassegno [case-1/a]",
  marker: "case-1/a",
  party: ada,
  documents: [{ id: "101", name: "a.pdf" }],
};
const write = (more: Partial<Entry> = {}) => segnaturaOf({ ...entry, ...more }, registrar, dialects.halley.segnatura);

describe("the Segnatura", () => {
  test("of a received document has the elements, order and attributes of the vendors' samples", () => {
    const documents: Entry["documents"] = [
      { id: "101", name: "a.pdf" },
      { id: "102", name: "b.pdf" },
    ];
    expect(write({ documents, office: "MOB" })).toBe(
      '<Segnatura versione="2001-05-07" xml:lang="it"><Intestazione><Oggetto>Contrassegno [case-1/a]</Oggetto>' +
        "<Identificatore><CodiceAmministrazione>c_f205</CodiceAmministrazione><CodiceAOO>AOO1</CodiceAOO>" +
        "<NumeroRegistrazione>0</NumeroRegistrazione><DataRegistrazione>0</DataRegistrazione><Flusso>E</Flusso></Identificatore>" +
        '<Mittente><Persona id="ZZPXQN85C55F205H"><Nome>Zoppina</Nome><Cognome>Zzapaqua</Cognome><CodiceFiscale>ZZPXQN85C55F205H</CodiceFiscale>' +
        '<IndirizzoTelematico tipo="smtp">zoppina@example.invalid</IndirizzoTelematico></Persona></Mittente>' +
        "<Destinatario><Amministrazione><Denominazione>Comune di Prova</Denominazione><CodiceAmministrazione>c_f205</CodiceAmministrazione>" +
        '<UnitaOrganizzativa id="MOB"></UnitaOrganizzativa></Amministrazione><AOO><CodiceAOO>AOO1</CodiceAOO></AOO></Destinatario>' +
        "<Classifica><CodiceAmministrazione>c_f205</CodiceAmministrazione><CodiceAOO>AOO1</CodiceAOO><CodiceTitolario>06.03</CodiceTitolario></Classifica>" +
        '</Intestazione><Descrizione><Documento id="101" nome="a.pdf"><DescrizioneDocumento>a.pdf</DescrizioneDocumento></Documento>' +
        '<Allegati><Documento id="102" nome="b.pdf"><DescrizioneDocumento>b.pdf</DescrizioneDocumento></Documento></Allegati></Descrizione>' +
        '<ApplicativoProtocollo nome="DARSENA"><Parametro nome="riferimento" valore="case-1/a"></Parametro><Parametro nome="uo" valore="MOB"></Parametro></ApplicativoProtocollo></Segnatura>',
    );
  });

  test("of a sent document has the municipality as sender and the party as recipient", () => {
    const read = readSegnatura(write({ flow: "U", party: club }));
    expect(read.sender).toMatchObject({ kind: "Amministrazione", CodiceAmministrazione: "c_f205" });
    expect(read.recipient).toEqual({
      kind: "Amministrazione",
      Denominazione: club.name,
      CodiceFiscale: club.code,
      IndirizzoTelematico: club.email,
    });
  });

  test("keeps every character that XML can hold, in texts and in attributes", () => {
    const text = "Perché à è ì ò ù € 😀 & &amp; < > ' \" ]]> <![CDATA[x]]> \t tab \r\n line\u0085\u2028 end";
    const read = readSegnatura(
      write({ subject: text, marker: text, party: { ...ada, familyName: text }, documents: [{ id: "1", name: text }] }),
    );
    expect(read.subject).toBe(text);
    expect(read.marker).toBe(text);
    expect(read.sender["Cognome"]).toBe(text);
    expect(read.documents).toEqual([{ id: "1", name: text }]);
  });

  test("holds a space for a control character and U+FFFD for half a character", () => {
    expect(readSegnatura(write({ subject: "a\u0000b\u000Bc\uD83Dd\uFFFE" })).subject).toBe("a b c\uFFFDd ");
  });
});

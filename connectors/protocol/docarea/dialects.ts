/**
 * DOCAREA is spoken in dialects: the same three requests under other names, wrapped in other ways. Each is a row of data here and a
 * WSDL of our own beside it; a further one adds a row and a WSDL, no code. Facts marked "unverified" are to be confirmed per vendor.
 */

/** What a field of a request carries. */
export type FieldValue =
  | "organisationCode"
  | "username"
  | "password"
  | "session"
  | "documentName"
  | "documentBase64"
  | "segnatura"
  | "segnaturaBase64";

/** One request of the interface: its name in the WSDL, its fields in the schema's order, and the element that holds the answer. */
export interface DialectRequest {
  readonly operation: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly result: string;
}

export interface Dialect {
  readonly title: string;
  /** File in `wsdl/`. It decides style, namespaces and soapAction. */
  readonly wsdl: string;
  readonly login: DialectRequest;
  readonly insert: DialectRequest;
  readonly register: DialectRequest;
  readonly errors: {
    /** `lngErrNumber`, or a part of `strErrString`, that says: the session is over and nothing was done. */
    readonly sessionExpired: { readonly codes: readonly string[]; readonly text: string };
    /** `lngErrNumber` of Login for a wrong user or password; `any` where the vendor publishes no list. */
    readonly credentials: readonly string[] | "any";
    /** `lngErrNumber` of Inserimento for a file that was stored although its signature could not be verified. */
    readonly signatureWarning: readonly string[];
  };
  /** Forms of the date at the beginning of `strDataPG`; a local time may follow. */
  readonly dateFormats: readonly string[];
  readonly segnatura: {
    /** `ApplicativoProtocollo/@nome`. */
    readonly application: string;
    /** Name of the `Parametro` that holds our marker, by which a person finds a registration whose answer was lost. */
    readonly markerParameter: string;
    /** Name of the `Parametro` that holds the office which gets the document; absent where the dialect reads `UnitaOrganizzativa` only. */
    readonly officeParameter?: string;
  };
}

const errors: Dialect["errors"] = {
  sessionExpired: { codes: ["-2"], text: "DST non valido" },
  credentials: "any",
  signatureWarning: ["-51"],
};
const segnatura: Dialect["segnatura"] = { application: "DARSENA", markerParameter: "riferimento", officeParameter: "uo" };
const dateFormats = ["dd/MM/yyyy", "yyyy-MM-dd", "dd-MM-yyyy", "dd.MM.yyyy", "yyyyMMdd"];

/** Every dialect by the name used in the setting `dialect`. */
export const dialects = {
  halley: {
    title: "Halley: qualified elements, Segnatura as a string",
    wsdl: "halley.wsdl",
    login: {
      operation: "Login",
      fields: { strCodEnte: "organisationCode", strUserName: "username", strPassword: "password" },
      result: "LoginResult",
    },
    insert: {
      operation: "Inserimento",
      // Two strings in the vendor's contract; that the first is the file's name and the second its bytes in base64 is unverified.
      fields: { strUserName: "username", strDST: "session", strDocument: "documentName", objDocument: "documentBase64" },
      result: "InserimentoResult",
    },
    register: {
      operation: "Protocollazione",
      fields: { strUserName: "username", strDST: "session", strDocumentInfo: "segnatura" },
      result: "ProtocollazioneResult",
    },
    errors,
    dateFormats,
    segnatura,
  },
  prisma: {
    title: "Prisma: unqualified elements, lower-case operations, Segnatura in base64",
    wsdl: "prisma.wsdl",
    login: {
      operation: "login",
      fields: { strCodEnte: "organisationCode", strUserName: "username", strPassword: "password" },
      result: "LoginResult",
    },
    insert: {
      operation: "inserimento",
      fields: { strUserName: "username", strDST: "session", strAttachment: "documentBase64" },
      result: "InserimentoResult",
    },
    register: {
      operation: "protocollazione",
      fields: { strUserName: "username", strDST: "session", strAttachment: "segnaturaBase64" },
      result: "ProtocollazioneResult",
    },
    errors,
    dateFormats,
    segnatura,
  },
} as const satisfies Record<string, Dialect>;

/** The names that the setting `dialect` accepts. */
export type DialectName = keyof typeof dialects;
export const dialectNames = Object.keys(dialects) as [DialectName, ...DialectName[]];

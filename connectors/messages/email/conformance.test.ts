import { executorStage } from "../../../activities/testing.ts";
import { conforms } from "../../conformance.ts";
import { checkCharacter } from "../../tax-code.ts";
import { email } from "./adapter.ts";
import { emailSimulator, MAIL_USER } from "./simulator.ts";

const firstFifteen = "NVNNCL80A13Z999";
const to = `${firstFifteen}${checkCharacter(firstFifteen)}`;
const address = "niccolo.inventato@example.org";
const markdown = "Il contrassegno che ha chiesto è pronto: **Niccolò Inventato** può ritirarlo allo sportello da domani.";

conforms(
  {
    adapter: email,
    simulator: () => emailSimulator(),
    // The suite's own addresses, where nothing listens, are of HTTP.
    settings: (url) => ({
      baseUrl: url.replace(/^http:/, "smtp:"),
      username: MAIL_USER,
      password: "mail-test-password",
      encryption: "none",
      fromAddress: "protocollo@comune.example.it",
      fromName: "Comune di Borgo Sereno",
    }),
    withoutRetryAfter: true,
    secrets: [to, "Niccol", "niccolo", "mail-test-password"],
    operations: {
      send: {
        input: { to, email: address, subject: "La sua pratica è conclusa", markdown },
        request: "message",
        rejections: {
          NOT_REACHABLE: { act: ({ simulator }) => simulator.control("setReachable", { email: address, reachable: false }) },
        },
        undeclared: { code: "BAD_MESSAGE", fault: { kind: "reject" } },
        misconfigured: {
          spoil: ({ simulator }) => simulator.control("setPassword", { password: "another" }),
          mend: ({ simulator }) => simulator.control("setPassword", { password: "mail-test-password" }),
        },
      },
    },
  },
  executorStage,
);

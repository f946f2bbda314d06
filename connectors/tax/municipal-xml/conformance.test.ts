/** Contract of the project; not the interface of any real system. */
import { join } from "node:path";
import { executorStage } from "../../../activities/testing.ts";
import { conforms } from "../../conformance.ts";
import { municipalXml } from "./adapter.ts";
import { municipalXmlSimulator, sampleTaxpayers } from "./simulator.ts";

const settings = (baseUrl: string) => ({ baseUrl, user: "darsena", password: "tax-test-password", municipality: "F205" });

conforms(
  {
    adapter: municipalXml,
    simulator: () => municipalXmlSimulator(),
    settings,
    secrets: [sampleTaxpayers.withFines, "tax-test-password", "user: darsena"],
    operations: {
      openFines: {
        input: { taxCode: sampleTaxpayers.withFines },
        request: "RichiestaSanzioni",
        rejections: { UNKNOWN_TAXPAYER: { fault: { kind: "reject" } } },
        undeclared: { code: "TAX_900", fault: { kind: "reject", code: "900" } },
      },
    },
    golden: { folder: join(import.meta.dirname, "golden"), settings: (url) => ({ ...settings(url), password: "perché-no" }) },
  },
  executorStage,
);

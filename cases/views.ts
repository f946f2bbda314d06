/** The applicant's view of a status: public labels only, no internals, no names of systems. */
import type { ApplicantStatus, CaseStatus } from "./status.ts";

export function applicantView(status: CaseStatus): ApplicantStatus {
  const { problem: _problem, version: _version, result: _result, steps, ...rest } = status;
  const labels = new Map(status.history.filter((entry) => entry.public).map((entry) => [entry.path, entry.text]));
  const view: ApplicantStatus = {
    ...rest,
    steps: steps.flatMap(({ id, state }) => {
      const title = labels.get(id);
      return title ? [{ title, state }] : [];
    }),
    history: status.history.filter((entry) => entry.public).map(({ path: _path, by: _by, ...entry }) => entry),
    actions: status.actions.filter((action) => action.who === "applicant"),
  };
  delete view.step;
  // A system that is down, or an operator who must look, is the municipality's affair.
  if (status.waitingFor === "system" || status.waitingFor === "operator") {
    view.state = "running";
    delete view.waitingFor;
    view.waitingText = { en: "being processed", it: "in lavorazione" };
  } else if (status.waitingFor === "office") view.waitingText = { en: "with the office", it: "all'esame dell'ufficio" };
  return view;
}

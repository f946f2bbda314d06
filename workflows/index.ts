/** What the worker's workflow bundle holds: one default workflow for every service. */
export { caseWorkflow as default } from "./case-workflow.ts";

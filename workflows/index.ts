/** What the worker's workflow bundle holds: one default workflow for every service, and the supervisor of a system's gate. */
export { caseWorkflow as default } from "./case-workflow.ts";
export { gateSupervisor as "darsena-gate" } from "./gates/supervisor.ts";

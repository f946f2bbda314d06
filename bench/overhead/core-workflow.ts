/** The case workflow as it is, but that its status goes nowhere: no publication, no search attributes, no timer of a long stretch. */
import { TemporalRuntime } from "../../workflows/runtime.ts";

TemporalRuntime.prototype.publish = async () => {};
TemporalRuntime.prototype.after = () => () => {};

export { caseWorkflow as default } from "../../workflows/case-workflow.ts";

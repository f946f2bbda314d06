/** Failure messages and stacks travel as payloads too, so that the codec covers them. */
import { DefaultFailureConverter } from "@temporalio/common";

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });

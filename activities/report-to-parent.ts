/** A case that another one opened reports to it by an ordinary message, once: the message's id is the child's. */
import { type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from "@temporalio/client";
import type { Message, MessageAnswer } from "../cases/message.ts";
import { CHILD_REPORT } from "../cases/steps/open.ts";
import type { ChildReport } from "./cases.ts";

export const reporter =
  (client: Client) =>
  async ({ parent, child, body }: ChildReport): Promise<void> => {
    const message: Message = {
      id: `child-${child}`,
      for: parent.question,
      name: CHILD_REPORT,
      body,
      from: `case:${child}`,
      at: new Date().toISOString(),
    };
    try {
      await client.workflow
        .getHandle(parent.case)
        .executeUpdate<MessageAnswer, [Message]>("message", { args: [message], updateId: message.id });
    } catch (error) {
      // The parent has ended, or no longer waits for this child: its own affair.
      if (error instanceof WorkflowNotFoundError || error instanceof WorkflowUpdateFailedError) return;
      throw error;
    }
  };

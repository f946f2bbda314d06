/** The mapping between the messages contract and app IO's service API (pagopa/io-functions-services, 4.1.1). Pure. */
import { z } from "zod";
import type { InputOf } from "../../contract.ts";
import type { messages } from "../contract.ts";

type Send = InputOf<typeof messages.send>;

/** The body of `POST /messages`. Dates are in UTC with milliseconds, as the API demands. */
export const toMessage = ({ to, subject, markdown, dueDate }: Send, timeToLiveSeconds: number) => ({
  fiscal_code: to,
  time_to_live: timeToLiveSeconds,
  content: { subject, markdown, ...(dueDate === undefined ? {} : { due_date: new Date(dueDate).toISOString() }) },
});

/** The body of `POST /profiles`. */
export const toProfileQuestion = ({ to }: Send) => ({ fiscal_code: to });

export const Profile = z.looseObject({ sender_allowed: z.boolean() });
export const CreatedMessage = z.looseObject({ id: z.string().min(1) });

/** ProblemJson. Its `detail` may repeat what was sent, so it is never shown. */
export const Problem = z.looseObject({ title: z.string() });

/** Title of the 403 that concerns this receiver only, whereas every other 403 concerns our key. */
export const RECIPIENT_FORBIDDEN = "Recipient forbidden";

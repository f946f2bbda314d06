/** The kinds of step that hold no others, as a YAML file writes them. Descriptions are the reference's (docs/language) and the editors'. */
import { z } from "zod";
import { Duration, Expression, FieldsSchema, Identifier, Outcome, ServiceId, Template, TextSchema } from "./words.ts";

const End = z.strictObject({
  end: Outcome.describe("The case's outcome. `refused` needs a decision of an office before it."),
  reason: TextSchema.optional().describe("What the applicant reads of it."),
});
const Set = z.strictObject({
  set: z.record(Identifier, Template).describe("Names and their values, read as `vars.<name>` from then on."),
});
/** What follows when nobody answers, or a system refuses. */
export const Consequence = z.union([End, Set]).describe("`set: {...}`, and the case goes on, or `end: <outcome>`, and it ends.");

/** What every step may have. */
export const commonMembers = {
  id: Identifier.describe("Its name, once per service. Its result is read as `steps.<id>`."),
  title: TextSchema.optional().describe("What operators and offices see; of a call, the operation's own title unless told."),
  when: Expression.optional().describe("When this expression is false the step is skipped, and its result is absent."),
  optional: z
    .literal(true)
    .optional()
    .describe("Of a `call`: its failure never stops the case. The step is marked as failed and its result is absent."),
  public: TextSchema.optional().describe("The label that an applicant sees; without it the step is internal."),
};
const withInput = z.record(Identifier, Template);

const rejection = { if: Expression.describe('Over `error.code`, and `steps` as they are: `error.code == "NOT_RESIDENT"`.') };

export const CallStep = z
  .strictObject({
    ...commonMembers,
    call: z.string().describe("`<contract>.<operation>`, such as `protocol.register`."),
    with: withInput.default({}).describe("The operation's inputs."),
    rejected: z
      .array(z.union([z.strictObject({ ...rejection, ...Set.shape }), z.strictObject({ ...rejection, ...End.shape })]))
      .optional()
      .describe("What follows when the system says no: the first branch whose `if` holds. A refusal without a branch parks the case."),
    undo: z
      .strictObject({
        call: z.string().describe("The operation that takes it back."),
        with: withInput.default({}).describe("Its inputs. They are reckoned right after the call, and may read its result."),
      })
      .optional()
      .describe(
        "What takes the call back at a withdrawal, a cancellation and the outcomes of `undoOn`, the latest call first. An undo that fails parks the case.",
      ),
    within: Duration.optional().describe(
      "How long the call may wait for its system before it is sent. A call that may have been sent is never given up.",
    ),
    otherwise: Consequence.optional().describe("What follows when that time is over; needed with `within`, unless the step is optional."),
  })
  .describe("Calls one operation of a system.");

const reminders = z
  .array(Duration)
  .max(10)
  .optional()
  .describe(
    "Durations before the end of `within` or, without it, after the beginning: at each the history says that an answer is wanting, and the status is published anew.",
  );

const timeAllowed = (what: string) => Duration.optional().describe(what);

const Ask = z.strictObject({
  title: TextSchema.describe("What is asked, as the applicant reads it."),
  form: FieldsSchema.default({}).describe("The fields of the answer, each with its type."),
  within: timeAllowed("How long the applicant has."),
  reminders,
  clock: z
    .enum(["none", "integration", "rejectionNotice"])
    .default("none")
    .describe(
      "How the legal term takes it: `integration` suspends it once (L. 241/1990 art. 2 c. 7), `rejectionNotice` as art. 10-bis says.",
    ),
});

export const DecideStep = z
  .strictObject({
    ...commonMembers,
    decide: z
      .strictObject({
        office: z.string().describe("Who decides: an office of the overlay, or an expression in `${...}` that names one."),
        within: timeAllowed(
          "How long the office has. When it is over, `otherwise` follows; without one the question stays open and the history says so.",
        ),
        reminders,
        escalate: z
          .strictObject({
            after: Duration.describe("The time after which it is passed on."),
            to: z.string().describe("The office that it then belongs to."),
          })
          .optional()
          .describe("Passes the decision on to another office."),
        otherwise: Consequence.optional().describe(
          "What follows when `within` is over. Never a refusal: an office's silence decides nothing.",
        ),
        shows: z.record(Identifier, Template).default({}).describe("What the office sees: warnings, a proposal."),
        outcomes: z
          .record(
            Identifier,
            z.strictObject({
              title: TextSchema.describe("What the office chooses."),
              form: FieldsSchema.default({}).describe("What it fills in with this outcome."),
            }),
          )
          .describe("What the office may choose, by name."),
        asks: z
          .record(Identifier, Ask)
          .default({})
          .describe(
            "What it may ask of the applicant first, by name. At the answer, or when its time is over, the decision opens again with the next round.",
          ),
        requires: z
          .record(Identifier, Identifier)
          .default({})
          .describe("Outcome to ask: this outcome may be chosen only after that ask was answered or its time ran out."),
      })
      .describe("Who decides, until when, and what may be chosen."),
  })
  .describe("An office chooses an outcome and fills in its form. Going back to the applicant exists only here.");

export const AskStep = z
  .strictObject({
    ...commonMembers,
    ask: z
      .strictObject({ ...Ask.shape, otherwise: Consequence.optional().describe("What follows when the time is over.") })
      .describe("What is asked, and how long the applicant has."),
  })
  .describe("The applicant completes, corrects or confirms something.");

export const WaitStep = z
  .strictObject({
    ...commonMembers,
    wait: z
      .strictObject({
        for: Identifier.optional().describe("The name of a message. One that comes early is kept. Either this or `until`."),
        until: z.string().optional().describe("An instant or a date, mostly an expression in `${...}`."),
        form: FieldsSchema.default({}).describe("The fields of the message."),
        shows: z
          .record(Identifier, Template)
          .default({})
          .describe("What the person should see meanwhile, such as the notice number of a debt."),
        confirm: z
          .strictObject({
            call: z.string().describe("An operation that only reads."),
            with: withInput.default({}).describe("Its inputs."),
            until: Expression.describe("Over `result`, the answer: when it holds the wait is over."),
            every: Duration.describe("How often the system is asked, beside at each message."),
          })
          .optional()
          .describe("Takes the message for a hint only: the case asks the system, and goes on when it says so."),
        within: timeAllowed("How long the case waits."),
        reminders,
        otherwise: Consequence.optional().describe(
          "What follows when the time is over. Before an `end`, what was done is undone if it can be; if that is refused because the awaited has happened, the case goes on.",
        ),
      })
      .describe("What is waited for, and how long."),
  })
  .describe("Waits for a message, or for a date.");

export const SetStep = z.strictObject({ ...commonMembers, ...Set.shape }).describe("Keeps values under names of their own.");
export const EndStep = z
  .strictObject({
    ...commonMembers,
    ...End.shape,
    undo: z.boolean().default(false).describe("Whether what can be undone is undone first."),
  })
  .describe("Ends the case with an outcome.");

/** A TypeScript code step, registered by name in `cases/code-steps.ts`: pure, at once, typed. */
export const RunStep = z
  .strictObject({
    ...commonMembers,
    run: Identifier.describe("Its name in `cases/code-steps.ts`."),
    with: withInput.default({}).describe("Its inputs."),
  })
  .describe("Runs a small function written in TypeScript: pure, at once, with typed inputs and outputs.");

/** Another service as a case of its own. Its outcome and result come back when `wait` is true. */
export const OpenStep = z
  .strictObject({
    ...commonMembers,
    open: z
      .strictObject({
        service: ServiceId.describe("The service that is opened."),
        request: z.record(Identifier, Template).describe("Its request. One that the other service does not take parks the case."),
        wait: z.boolean().default(true).describe("Whether the case waits for the other one's outcome."),
        within: timeAllowed("How long it waits. The other case goes on by itself."),
        reminders,
        otherwise: Consequence.optional().describe("What follows when the time is over."),
      })
      .describe("Which service, with which request, and whether its outcome is waited for."),
  })
  .describe("Opens a case of another service.");

export type CallStep = z.infer<typeof CallStep>;
export type DecideStep = z.infer<typeof DecideStep>;
export type AskStep = z.infer<typeof AskStep>;
export type WaitStep = z.infer<typeof WaitStep>;
export type SetStep = z.infer<typeof SetStep>;
export type EndStep = z.infer<typeof EndStep>;
export type RunStep = z.infer<typeof RunStep>;
export type OpenStep = z.infer<typeof OpenStep>;
export type AskSpec = z.infer<typeof Ask>;
export type ConsequenceSpec = z.infer<typeof Consequence>;

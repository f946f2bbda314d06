/** Code steps: small pure functions that a service runs by name (`run: age`). They answer at once and touch nothing. */
import { z } from "zod";
import { IsoDate } from "../connectors/shared-types.ts";
import { addDays, daysBetween } from "./calendar.ts";

export interface CodeStep<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly title: string;
  readonly input: I;
  readonly output: O;
  readonly run: (input: z.infer<I>) => z.infer<O>;
}

const codeStep = <I extends z.ZodType, O extends z.ZodType>(step: CodeStep<I, O>): CodeStep => step as unknown as CodeStep;

/** By name. A step is added here, never changed under running cases: its results are in their state. */
export const codeSteps: Readonly<Record<string, CodeStep>> = {
  /** Whole years from a birth to a day. */
  age: codeStep({
    title: "Reckon the age",
    input: z.strictObject({ birthDate: IsoDate, on: IsoDate }),
    output: z.strictObject({ years: z.int() }),
    run: ({ birthDate, on }) => ({
      years: Number(on.slice(0, 4)) - Number(birthDate.slice(0, 4)) - (on.slice(5) < birthDate.slice(5) ? 1 : 0),
    }),
  }),
  /** Days of a period, both ends counted, and the day after it. */
  period: codeStep({
    title: "Reckon the period",
    input: z.strictObject({ from: IsoDate, to: IsoDate }),
    output: z.strictObject({ days: z.int(), after: IsoDate }),
    run: ({ from, to }) => ({ days: daysBetween(from, to) + 1, after: addDays(to, 1) }),
  }),
};

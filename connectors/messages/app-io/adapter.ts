/** Messages to a person's app IO. The sender must ask for the profile first; the API has no key of ours, so a lost answer may mean two messages. */
import { z } from "zod";
import { adapter } from "../../adapter.ts";
import { contractBroken, rejected } from "../../failure.ts";
import { Secret } from "../../shared-types.ts";
import { type RestAnswer, type RestClient, refusals, restClient, unclearStatus } from "../../transport/http.ts";
import { tlsOf, tlsShape } from "../../transport/tls-settings.ts";
import { messages } from "../contract.ts";
import { CreatedMessage, Problem, Profile, RECIPIENT_FORBIDDEN, toMessage, toProfileQuestion } from "./wire.ts";

interface IoSession {
  readonly client: RestClient;
  readonly timeToLiveSeconds: number;
}

/** `send`: undeclared code BAD_MESSAGE, which parks the case, when the API refuses the message itself. */
export const appIo = adapter(messages, {
  name: "app-io",
  title: "App IO",
  config: z.object({
    baseUrl: z.url().describe("`https://api.io.pagopa.it/api/v1`"),
    subscriptionKey: Secret.describe("key of the service in App IO's back office"),
    timeToLiveSeconds: z.coerce.number().int().min(3_600).max(604_800).default(3_600).describe("how long IO tries to deliver"),
    ...tlsShape,
  }),
  connect: ({ baseUrl, subscriptionKey, timeToLiveSeconds, ...tls }): IoSession => ({
    client: restClient({ system: "messages", baseUrl, headers: { "Ocp-Apim-Subscription-Key": subscriptionKey }, ...tlsOf(tls) }),
    timeToLiveSeconds,
  }),
  // Nothing can be looked up: being a courtesy, it is sent once more and recorded as "may be doubled".
  recovery: { send: { by: "person" } },
  operations: {
    send: async (input, { session, signal, effect }) => {
      const { client, timeToLiveSeconds } = session;
      const profile = await client.request({ method: "POST", path: ["profiles"], json: toProfileQuestion(input), signal });
      if (!isReachable(profile)) throw notReachable();
      const json = toMessage(input, timeToLiveSeconds);
      return effect(async () => idOf(await client.request({ method: "POST", path: ["messages"], json, signal })));
    },
  },
});

const notReachable = () => rejected("NOT_REACHABLE", "messages: the receiver cannot be reached by app IO");

function isReachable(answer: RestAnswer): boolean {
  // IO's own 404 carries a problem; a gateway's 404 for a wrong address does not.
  if (answer.status === 404 && Problem.safeParse(answer.json).success) return false;
  if (answer.status !== 200) throw failureOf(answer);
  const profile = Profile.safeParse(answer.json);
  if (!profile.success) throw contractBroken("SCHEMA", "messages: the answer is not a profile");
  return profile.data.sender_allowed;
}

function idOf(answer: RestAnswer): { id: string } {
  if (answer.status !== 201) throw failureOf(answer);
  const created = CreatedMessage.safeParse(answer.json);
  if (!created.success) throw contractBroken("SCHEMA", "messages: the answer does not say the id of the message");
  return { id: created.data.id };
}

function failureOf(answer: RestAnswer): Error {
  const { status } = answer;
  if (status === 403 && Problem.safeParse(answer.json).data?.title === RECIPIENT_FORBIDDEN) return notReachable();
  const notTaken = answer.headers["retry-after"] === undefined ? [429] : [429, 503];
  const refusal = refusals("messages", answer, { unauthorised: [401, 403], notTaken });
  if (refusal) return refusal;
  if (status < 400 || status === 404) return contractBroken("NOT_IO", `messages: HTTP ${status} is not an answer of app IO`);
  if (status >= 500 || status === 408) return unclearStatus("messages", answer);
  return rejected("BAD_MESSAGE", `messages: app IO refused the message (HTTP ${status})`);
}

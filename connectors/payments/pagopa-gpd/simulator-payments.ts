/** The citizen's side of the simulated GPD: debts are paid, with or without a word to Darsena. */
import type { Json, JsonObject } from "../../json.ts";
import type { Recorder } from "../../simulator.ts";
import type { GpdState } from "./simulator.ts";
import { type HeldPosition, instalmentOf } from "./simulator-position.ts";

type Control = (body: JsonObject, state: GpdState, record: Recorder) => Json | Promise<Json>;

export const payControls: Record<string, Control> = {
  /** `{iupd | nav | latest: true, tell?: <gateway>, case?: <case id>}`: marks the debt as paid; with `tell`, sends the hint too. */
  pay: async (body, state, record) => {
    const position = positionOf(body, state);
    const instalment = instalmentOf(position);
    if (state.unpayable.includes(instalment.nav)) throw new Error("this notice number is refused; see the control refusePay");
    if (position.status !== "PAID") {
      position.status = "PAID";
      position["paymentDate"] = new Date().toISOString().slice(0, 19);
      Object.assign(instalment, { status: "PAID", paymentDate: position["paymentDate"], pspCompany: "Banca simulata" });
      record({ operation: "pay", key: position.iupd, reference: instalment.nav });
    }
    return { iupd: position.iupd, nav: instalment.nav, ...(body["tell"] ? { told: await tell(body, `pay-${position.iupd}`) } : {}) };
  },
  /** `{tell: <gateway>, case: <case id>, id?}`: the hint alone, although nobody paid. */
  tell: async (body) => ({ told: await tell(body, String(body["id"] ?? `hint-${Date.now()}`)) }),
  /** `{iupd | nav | latest: true, refuse?: false}`: payments of this debt are refused until `refuse: false`. */
  refusePay: (body, state) => {
    const { nav } = instalmentOf(positionOf(body, state));
    state.unpayable = state.unpayable.filter((one) => one !== nav);
    if (body["refuse"] !== false) state.unpayable.push(nav);
    return { nav, refused: body["refuse"] !== false };
  },
  /** `{key}`: the subscription key that is accepted from now on. */
  setKey: (body, state) => {
    state.subscriptionKey = String(body["key"]);
    return {};
  },
};

function positionOf({ iupd, nav, latest }: JsonObject, state: GpdState): HeldPosition {
  const all = Object.values(state.positions);
  const found = latest ? all.at(-1) : all.find((one) => one.iupd === iupd || instalmentOf(one).nav === nav);
  if (!found) throw new Error("no such debt; say iupd, nav or latest: true");
  return found;
}

/** Posts the message `payment` to Darsena's gateway, as the payment service would; returns the answer's status. */
async function tell(body: JsonObject, id: string): Promise<number> {
  const url = `${String(body["tell"]).replace(/\/$/, "")}/cases/${encodeURIComponent(String(body["case"]))}/messages`;
  const message = { id, name: "payment", body: {}, from: "system:payments" };
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(message) });
  return answer.status;
}

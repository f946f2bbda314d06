import { expect, test } from "@jest/globals";
import { shown } from "./redact.ts";

const seen = (body: string, type: string) => ({
  request: {
    method: "POST",
    url: "http://127.0.0.1:80/people/RSSMRA80A01Z999X/v1/items?taxCode=RSSMRA80A01Z999X&token=abc",
    headers: { "Content-Type": type, Authorization: "Basic c2VjcmV0", "Ocp-Apim-Subscription-Key": "s3cret-key", "X-Person": "Rossi 7" },
    body: Buffer.from(body),
  },
  answer: { status: 200, headers: { "content-type": type, "set-cookie": "id=s3cret-key" }, contentType: type, bytes: Buffer.from(body) },
  ms: 12.4,
});
const xml =
  '<e:E xmlns:e="urn:e"><wsse:Password Type="x">s3cret-key</wsse:Password><e:Nome id="RSS7">Mària Rossi</e:Nome>tail Rossi<e:strDST>s3cret-key</e:strDST></e:E>';
const json = JSON.stringify({
  name: "Mària Rossi",
  age: 46,
  list: ["Rossi"],
  password: "s3cret-key",
  nested: { accessToken: "s3cret-key" },
});

test.each([
  ["XML", xml, "text/xml"],
  ["JSON", json, "application/json"],
])("%s is shown in its form and without values", (_, body, type) => {
  const text = JSON.stringify(shown(seen(body, type), false));
  expect(
    ["Rossi", "Mària", "RSSMRA80A01Z999X", "RSS7", "s3cret-key", "c2VjcmV0", "46", "abc"].filter((value) => text.includes(value)),
  ).toEqual([]);
  expect(text).toContain("Xxxxx Xxxxx");
  expect(text).toContain("/people/XXXXXX99X99X999X/v1/items");
});

test.each([
  ["XML", xml, "text/xml"],
  ["JSON", json, "application/json"],
])("%s with values still hides credentials", (_, body, type) => {
  const text = JSON.stringify(shown(seen(body, type), true));
  expect(text).toContain("Mària Rossi");
  expect(["s3cret-key", "c2VjcmV0", "token=abc"].filter((value) => text.includes(value))).toEqual([]);
});

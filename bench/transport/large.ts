/** One large attachment down or up in a process of its own; its first line says how much memory that took. Arguments: url, `down` or `up`, MB. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AttachmentStore } from "../../connectors/ports.ts";
import type { AttachmentRef } from "../../connectors/shared-types.ts";
import { outgoing } from "../../connectors/transport/attachments.ts";
import { type SoapClient, soapClient } from "../../connectors/transport/soap.ts";

const [url = "", direction = "down", size = "300"] = process.argv.slice(2);
const bytes = Number(size) << 20;
const folder = mkdtempSync(join(tmpdir(), "darsena-bench-"));

/** A store in a folder, without the register's rows. */
const store: AttachmentStore = {
  open: async ({ id }) => createReadStream(join(folder, id)),
  put: () => Promise.reject(new Error("nothing is put in this bench")),
  receive: async (stream: Readable, { name, mediaType }) => {
    const hash = createHash("sha256");
    let length = 0;
    const counted = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        length += chunk.length;
        yield chunk;
      }
    };
    await pipeline(stream, counted, createWriteStream(join(folder, "att-received1")));
    return { id: "att-received1", sha256: hash.digest("hex"), bytes: length, mediaType, name };
  },
};

function storedFile(): AttachmentRef {
  const [piece, hash] = [Buffer.alloc(1 << 20, "allegato "), createHash("sha256")];
  const file = openSync(join(folder, "att-stored001"), "w");
  for (let written = 0; written < bytes; written += piece.length) {
    writeSync(file, piece);
    hash.update(piece);
  }
  return { id: "att-stored001", sha256: hash.digest("hex"), bytes, mediaType: "application/pdf", name: "allegato.pdf" };
}

async function transfer(client: SoapClient): Promise<number> {
  const signal = AbortSignal.timeout(300_000);
  if (direction === "down") {
    const { attachments } = await client.call("say", { text: "a" }, { signal, attachments: { store, style: "mtom", maxBytes: bytes + 1 } });
    return attachments[0]?.ref.bytes ?? 0;
  }
  const document = outgoing(storedFile());
  await client.call("say", { text: document.place }, { signal, attachments: { store, style: "mtom", send: [document] } });
  return bytes;
}

const here = new URL("../../../connectors/transport/fixtures/echo.wsdl", import.meta.url).pathname;
const client = soapClient({ system: "bench", wsdl: here, endpoint: `${url}/${direction === "down" ? "large" : "sink"}` });
try {
  const since = performance.now();
  const moved = await transfer(client);
  if (moved !== bytes) throw new Error(`moved ${moved} bytes of ${bytes}`);
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1_024);
  process.stdout.write(`${JSON.stringify({ ready: true, peakMb, ms: Math.round(performance.now() - since) })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

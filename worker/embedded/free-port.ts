/** Ports of this machine: finding a free one, and telling whether one is taken. */
import { type AddressInfo, createServer, type Server } from "node:net";

const listen = (port: number, host: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });

const close = (server: Server): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));

/** A port of the loopback interface that nobody listened on a moment ago. */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  const server = await listen(0, host);
  const { port } = server.address() as AddressInfo;
  await close(server);
  return port;
}

/** Whether a server could listen on this port now. */
export async function portIsFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  try {
    await close(await listen(port, host));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
}

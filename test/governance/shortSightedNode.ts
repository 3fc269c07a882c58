import { createServer } from "node:http";
import { text } from "node:stream/consumers";

/** A node that looks for logs in a few blocks at once only, as public ones do; else it is the one it asks. */
export type ShortSightedNode = {
  readonly url: string;
  /** Of each question for logs, how many blocks it was about. */
  readonly asked: number[];
  blocksMax: number;
  close(): Promise<void>;
};

export async function startShortSightedNode(to: string, blocksMax: number): Promise<ShortSightedNode> {
  const asked: number[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { id, method, params } = JSON.parse(body);
    response.setHeader("content-type", "application/json");
    if (method === "eth_getLogs") {
      const blocks = Number(params[0].toBlock) - Number(params[0].fromBlock) + 1;
      asked.push(blocks);
      if (blocks > node.blocksMax) {
        const error = { code: -32005, message: "query exceeds max block range" };
        response.end(JSON.stringify({ jsonrpc: "2.0", id, error }));
        return;
      }
    }
    const reply = await fetch(to, { method: "POST", body, headers: { "content-type": "application/json" } });
    response.end(await reply.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the node listens on no port");
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const node: ShortSightedNode = { url: `http://127.0.0.1:${address.port}`, asked, blocksMax, close };
  return node;
}

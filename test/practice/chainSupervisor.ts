// A supervisor of a practice chain in the folder it is given, for tests that kill it.
import { fileURLToPath } from "node:url";
import type { FromChain, ToChain } from "../../src/practice/chainProtocol.ts";
import { Part } from "../../src/practice/part.ts";

const program = fileURLToPath(new URL("../../src/practice/chainProcess.ts", import.meta.url));
const part = new Part<ToChain, FromChain>(program, (said) => {
  if (said.kind === "ready") process.send?.({ id: part.id, url: said.url });
});
part.tell({ kind: "start", folder: process.argv[2] ?? "", port: 0 });

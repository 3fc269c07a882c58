// A supervisor of a practice chain, for tests that kill it: in the folder it is given, for the process that it is given.
import { fileURLToPath } from "node:url";
import { processIdentity } from "../../src/journal/index.ts";
import type { FromChain, ToChain } from "../../src/practice/chainProtocol.ts";
import { Part } from "../../src/practice/part.ts";

const program = fileURLToPath(new URL("../../src/practice/chainProcess.ts", import.meta.url));
const [, , folder = "", orchestrator = ""] = process.argv;
const part = new Part<ToChain, FromChain>(program, (said) => {
  if (said.kind !== "ready") return;
  const served = processIdentity(Number(orchestrator));
  if (served !== undefined) part.tell({ kind: "serves", process: served });
  process.send?.({ id: part.id, url: said.url });
});
part.tell({ kind: "start", folder, founds: true, port: 0 });

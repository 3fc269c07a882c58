import { ControlServer } from "../../src/control/index.ts";
import { MemoryDesk } from "./memoryDesk.ts";

// A control server in a process of its own, to be killed. It takes what it is sent and answers nothing of it.
const desk = new MemoryDesk();
desk.answersAtOnce = false;
await ControlServer.open(desk, process.argv[2]);
process.send?.("listening");
desk.message = () => {
  process.send?.("taken");
  return new Promise(() => {});
};

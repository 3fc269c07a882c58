import { loadHardhat } from "../../src/governance/index.ts";

/** Puts a value into Hardhat's keystore as `npx hardhat keystore set` does, and answers what that asks. */
export async function keepInKeystore(name: string, value: string, password: string): Promise<void> {
  const { hooks, tasks } = await loadHardhat();
  hooks.registerHandlers("userInterruptions", {
    requestSecretInput: async (_context, _interruptor, question) => (/password/.test(question) ? password : value),
  });
  const { log } = console;
  console.log = () => undefined;
  try {
    await tasks.getTask(["keystore", "set"]).run({ key: name, dev: false, force: false });
  } finally {
    console.log = log;
  }
}

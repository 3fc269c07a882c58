import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";
import { practiceNetwork } from "./src/practice/chainTerms.ts";

// Unless told otherwise, Hardhat reports from every terminal that it was used.
process.env.HARDHAT_DISABLE_TELEMETRY = "true";

// The compiler is the one in node_modules: nothing is downloaded, and every machine compiles with the same bytes.
const solc = createRequire(import.meta.url).resolve("solc/soljson.js");
export const compilerSettings = { evmVersion: "osaka", optimizer: { enabled: true, runs: 1_000_000 }, viaIR: true };

export default defineConfig({
  plugins: [toolbox],
  solidity: {
    // What `fabric deploy-verifiers` puts on a chain, as OpenZeppelin wrote it.
    npmFilesToBuild: ["P256", "WebAuthn"].map(
      (kind) => `@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913${kind}Verifier.sol`,
    ),
    profiles: {
      default: { version: "0.8.37", path: solc, settings: compilerSettings },
      production: { version: "0.8.37", path: solc, settings: compilerSettings },
    },
  },
  paths: { sources: "contracts", tests: { mocha: "test/contracts", solidity: "test/contracts" }, ignition: "deploy" },
  // Generated namespaces are not erasable syntax, which tsc would report; their types hold all the same.
  typechain: { outDir: "types", tsNocheck: true },
  networks: {
    drill: practiceNetwork,
    localhost: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
  },
});

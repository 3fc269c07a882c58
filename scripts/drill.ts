// `npx hardhat run scripts/drill.ts` plays a drill in this process, and with `--network localhost` against
// `npx hardhat node`. Flags are those of `fabric drill`, in an environment variable: DRILL="--scenario quiet --seed 2".
import hre from "hardhat";
import { runProgram } from "../src/cli/program.ts";

const { network } = hre.globalOptions;
const flags = (process.env.DRILL ?? "").split(/\s+/).filter((word) => word !== "");
process.exitCode = await runProgram(["drill", ...(network === undefined ? [] : ["--network", network]), ...flags]);

// A fabric for practice: a chain of one's own, keys that everybody knows, and owners who found what a manifest says.
export { type PracticeChain, startPracticeChain } from "./chain.ts";
export { Fleet, type FleetSetup } from "./fleet.ts";
export { startFork } from "./fork.ts";
export { type FoundingOptions, foundingParameters, foundPractice, type PracticeFabric } from "./founding.ts";
export { nodeKey, sessionKey, submitterKey } from "./keys.ts";
export { networkUrl } from "./network.ts";
export { type AnchorerKey, type ResumeSetup, resume, type UpSetup, type UpView, up, type Voice } from "./supervisor.ts";
export { isWorld, openWorld, type WorldFile, type WorldFolder } from "./world.ts";
export { checkWorld } from "./worldCheck.ts";

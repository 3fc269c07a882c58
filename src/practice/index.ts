// A fabric for practice: a chain of one's own, keys that everybody knows, and owners who found what a manifest says.
export { type PracticeChain, startPracticeChain } from "./chain.ts";
export { type FoundingOptions, foundingParameters, foundPractice, type PracticeFabric } from "./founding.ts";
export { nodeKey, sessionKey, submitterKey } from "./keys.ts";
export { networkUrl } from "./network.ts";

// The bundle: the folder of evidence that a drill leaves. Write it, draw it, verify it.
export { type BundleSource, checkPlace, writeBundle } from "./bundle.ts";
export { type Compared, type Comparison, compare } from "./compare.ts";
export { changedWords, compareMarkdown, comparePage } from "./comparePage.ts";
export type { Derived } from "./derive.ts";
export { bundleSchemas, type Summary } from "./forms.ts";
export { type Look, lookAtBundle } from "./look.ts";
export { preparedScripts } from "./ownerScript.ts";
export { paths } from "./primary.ts";
export { redraw, type Texts, withDigests } from "./redraw.ts";
export { routingEffect } from "./routingEffect.ts";
export { stepWords } from "./stepWords.ts";
export { visible } from "./text.ts";
export { topologyOf } from "./topology.ts";
export { type Verification, type VerifyOptions, verifyBundle } from "./verify.ts";

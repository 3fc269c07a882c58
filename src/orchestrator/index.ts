// The loop that binds fabric, journal, governance and nodes: it turns time into inputs.
export { type Arrivals, Edge, type Session } from "./edge.ts";
export { Orchestrator, type Surroundings, type TickRequest, type TickStep, tickSteps } from "./orchestrator.ts";
export type { FromOrchestrator, Standing, Start, ToOrchestrator } from "./protocol.ts";
export type { FromService, ServiceStart, ToService } from "./serviceProtocol.ts";
export { EventFeed } from "./views/eventFeed.ts";
export { endedJob, liveJob, liveJobs, receiptView } from "./views/job.ts";
export { type StatusFacts, statusView } from "./views/status.ts";
export { submitterView } from "./views/submitter.ts";
export { duration, instant, inTicks } from "./views/time.ts";
export { whyEnded, whyLive } from "./views/why.ts";

// The loop that binds fabric, journal, governance and nodes: it turns time into inputs.
export { type Arrivals, Edge, type Session } from "./edge.ts";

// A node in a process of its own: takes signed leases, does the work, and answers for it with its key.
export type { NodeIdentity } from "../nodes/index.ts";

/** A chain in the process, on the drill's own clock, so that a seed gives the same blocks again. For Hardhat's networks. */
export const practiceNetwork = {
  type: "edr-simulated",
  chainType: "l1",
  hardfork: "osaka",
  initialDate: "2030-01-01T00:00:00Z",
  allowBlocksWithSameTimestamp: false,
} as const;
